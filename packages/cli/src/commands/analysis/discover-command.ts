import { writeSafetensors } from '@dinokit/checkpoint'
import { tensor } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import { analysisOptions, type AnalysisOptions } from '../../options/analysis-options.ts'
import { parseCount } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { cocoFile, csvFile, type FoundObjects } from '../../output/found/found-objects.ts'
import { answerByTokens, layerOf } from '../../run/analysis/answer-by-tokens.ts'
import { findObjects, labelObjects, outputsForObjects } from '../../run/analysis/find-objects.ts'

interface DiscoverCommandOptions extends AnalysisOptions {
  readonly objects: number
  readonly method: 'token-cut' | 'lost'
  readonly boxes?: string
}

const FORMATS = ['png', 'labels.png', 'safetensors'] as const

/** `dinokit discover` */
export function addDiscoverCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('discover')
    .summary('Find objects without training')
    .description('Find objects in images without training: a box and a mask for each, by the patches that are alike.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  analysisOptions(command, FORMATS)
    .addOption(new Option('--objects <n>', 'most objects to find in an image').argParser(parseCount).default(1))
    .addOption(new Option('--method <name>', 'token-cut (normalized cut) or lost').choices(['token-cut', 'lost']).default('token-cut'))
    .option('--boxes <file>', 'file for the boxes of all images: .json (COCO, with masks) or .csv')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit discover photo.jpg --out objects.png
  $ dinokit discover photos/ --objects 3 --boxes found.json
  $ dinokit discover photos/ --out masks/ --format labels.png

What is written, by the ending of --out or by --format:
  .png          the image, and its objects colored
  .labels.png   gray: 0 where there is no object, 1 for the first, and so on
  .safetensors  masks [objects][height][width] of the image

Objects found after the first are less certain: a second one may be a part of what is behind the first.
An image of one color has none.`,
    )
    .action(async (images: string[], options: DiscoverCommandOptions) => {
      const { objects: most, method, boxes } = options
      if (boxes !== undefined && !/\.(json|csv)$/i.test(boxes)) command.error(`error: --boxes ${boxes} must end with .json or .csv.`)
      const { output } = context(command)
      const all: FoundObjects[] = []
      await answerByTokens({
        command,
        context: context(command),
        formats: FORMATS,
        images,
        given: options,
        outputs: (card) => outputsForObjects(layerOf(card)),
        async answer({ input, tokens, card, image, write }) {
          const pixels = await image()
          const objects = await findObjects(tokens, layerOf(card), pixels, { method, most })
          const labels = labelObjects(objects, pixels)
          all.push({ source: input.source, size: tokens.placement.source, objects })
          const file = await write({
            png: async () =>
              (await import('../../draw/analysis/objects-drawing.ts')).objectsDrawing(pixels, {
                labels,
                boxes: objects.map(({ box }) => box),
              }),
            'labels.png': async () =>
              (await import('../../draw/parts/gray-png.ts')).grayPng({ data: labels.data, shape: [pixels.height, pixels.width] }),
            safetensors: () =>
              masksFile(
                objects.map(({ mask }) => mask.data),
                pixels,
              ),
          })
          const about = objects.map(({ box, area, score }) => ({ box, area, score }))
          const lines = about.map(
            ({ box, area, score }) => `  ${box.left},${box.top} ${box.width}x${box.height}  ${area} pixels, score ${score.toFixed(2)}`,
          )
          const said = `${input.source}${file === undefined ? '' : ` -> ${file}`}${about.length === 0 ? '  no objects' : ''}`
          output.result(input.source, { objects: about, ...(file !== undefined && { file }) }, [said, ...lines].join('\n'))
        },
      })
      if (boxes !== undefined) await writeFileAtomic(boxes, [Buffer.from(/\.csv$/i.test(boxes) ? csvFile(all) : cocoFile(all))])
    })
}

function masksFile(masks: readonly Uint8Array[], { width, height }: { readonly width: number; readonly height: number }): Uint8Array {
  const data = new Uint8Array(masks.length * width * height)
  masks.forEach((mask, index) => data.set(mask, index * width * height))
  return writeSafetensors({ masks: tensor('bool', data, [masks.length, height, width]) })
}
