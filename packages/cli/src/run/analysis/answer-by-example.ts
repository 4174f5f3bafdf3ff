import { joinTokens, maskedTokens, patchMask, segmentByClusters, segmentByExample, type Examples } from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import { DinokitError, tensor, type Tensor, type Tokens } from '@dinokit/core'
import type { Command } from 'commander'
import { readMask } from '../../input/analysis/read-mask.ts'
import type { ExampleMethod } from '../../options/analysis-options.ts'
import type { HeadCommandOptions } from '../../options/heads/head-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { answerByTokens } from './answer-by-tokens.ts'
import { collectTokens } from './collect-tokens.ts'
import { extentOf, sharpMask } from './find-objects.ts'

/** Choice of examples, and of the images in which what they show is found. */
export interface ExampleChoice {
  readonly images: readonly string[]
  readonly given: HeadCommandOptions
  readonly example: readonly string[]
  /** One for each example. */
  readonly mask: readonly string[]
  readonly negative: readonly string[]
  /** Least score of what is found. */
  readonly least?: number
  readonly by: ExampleMethod
}

const FORMATS = ['safetensors', 'png', 'labels.png'] as const

/** Finds what examples show in the images of a command, and has each answer written and printed. */
export async function answerByExample(
  command: Command,
  context: CommandContext,
  { images, given, example, mask, negative, least, by }: ExampleChoice,
): Promise<void> {
  if (given.head !== undefined) command.error('error: --head and --example exclude one another.')
  if (example.length === 0 || example.length !== mask.length) {
    command.error(`error: --example needs one --mask each: ${example.length} examples and ${mask.length} masks were given.`)
  }
  const seen = await collectTokens(context, { images: [...example, ...negative], given })
  if (!seen) return
  if (seen.length !== example.length + negative.length) command.error('error: --example and --negative are files, one image each.')
  const masks = await Promise.all(mask.map(readMask))
  const examples = examplesOf(
    seen.map(({ tokens }) => tokens),
    masks,
  )
  await answerByTokens({
    command,
    context,
    formats: FORMATS,
    images,
    given,
    async answer({ input, tokens, image, write }) {
      const pixels = await image()
      const scores = (by === 'groups' ? segmentByClusters : segmentByExample)(tokens.patches, examples, {
        ...(least !== undefined && { least }),
      })
      const patches = tensor(
        'bool',
        Uint8Array.from(scores.data, (score) => Number(score > 0)),
        scores.shape,
      )
      const found = await sharpMask(patches, pixels, tokens.placement)
      const { area, box } = extentOf(found)
      const labels = tensor('uint8', found.data, found.shape)
      const file = await write({
        safetensors: () => writeSafetensors({ mask: found, scores }),
        png: async () =>
          (await import('../../draw/analysis/objects-drawing.ts')).objectsDrawing(pixels, { labels, boxes: area > 0 ? [box] : [] }),
        'labels.png': async () =>
          (await import('../../draw/parts/gray-png.ts')).grayPng({ data: labels.data, shape: [pixels.height, pixels.width] }),
      })
      const share = area / found.data.length
      context.output.result(
        input.source,
        { area, share, ...(area > 0 && { box }), ...(file !== undefined && { file }) },
        `${input.source}${file === undefined ? '' : ` -> ${file}`}  ${area > 0 ? `${(share * 100).toFixed(1)} % of the image` : 'not found'}`,
      )
    },
  })
}

/** Gathers the examples' patches: the first images have masks, the others do not show the thing. */
function examplesOf(seen: readonly Tokens[], masks: readonly Tensor<'bool'>[]): Examples {
  const parts = seen.map(({ patches, placement }, index) => {
    const [rows, columns] = patches.shape as [number, number, number]
    const of = masks[index]
    return {
      patches,
      inside: of ? patchMask(of, placement, [rows, columns]) : tensor('bool', new Uint8Array(rows * columns), [rows, columns]),
    }
  })
  parts.slice(0, masks.length).forEach(({ inside }, index) => {
    if (inside.data.includes(1)) return
    throw new DinokitError('label-invalid', `The mask of example ${index + 1} covers no patch.`, {
      given: 'less than half of each patch',
      expected: 'a mask of at least half a patch',
    })
  })
  const gather = (chosen: (mask: Tensor<'bool'>) => Tensor<'bool'>): Tensor =>
    joinTokens(parts.map(({ patches, inside }) => maskedTokens(patches, chosen(inside))))
  return {
    inside: gather((mask) => mask),
    outside: gather((mask) =>
      tensor(
        'bool',
        mask.data.map((value) => 1 - value),
        mask.shape,
      ),
    ),
  }
}
