import { placeLayer, type Point } from '@dinokit/analysis'
import { decodeImage, writeFileAtomic } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import { readMask } from '../../input/analysis/read-mask.ts'
import { ANALYSIS_SIZE, type AnalysisOptions } from '../../options/analysis-options.ts'
import { answerFiles } from '../../output/answer-format.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { once } from '../once.ts'
import { runImages } from '../run-images.ts'
import { layerOf } from './answer-by-tokens.ts'
import { openWithOutputs } from './collect-tokens.ts'
import { extentOf } from './find-objects.ts'
import { createFrameFollower, type FollowedFrame } from './follow-frames.ts'

/** Forms in which followed things are written, the first of them in a folder. */
export const FOLLOW_FORMATS = ['png', 'labels.png'] as const

/** Options of `dinokit follow`. */
export interface FollowOptions extends AnalysisOptions {
  readonly mask?: readonly string[]
  readonly point?: readonly Point[]
  readonly tracks?: string
  readonly layer?: number
}

/** Follows what is marked through frames, and has each answer written and printed. */
export async function runFollow(
  command: Command,
  context: CommandContext,
  images: readonly string[],
  options: FollowOptions,
): Promise<void> {
  const { mask = [], point: points = [], tracks, size = ANALYSIS_SIZE, pixelLimit } = options
  let layer = 0
  if (mask.length + points.length === 0) command.error('error: give what is followed: --mask or --point.')
  if (tracks !== undefined && !/\.json$/i.test(tracks)) command.error(`error: --tracks ${tracks} must end with .json.`)
  const files = await answerFiles(command, FOLLOW_FORMATS, images, options)
  const follower = createFrameFollower({ masks: await Promise.all(mask.map(readMask)), points })
  const all: object[] = []
  await runImages(context, {
    named: images,
    recursive: options.recursive,
    open: await openWithOutputs(context, options, (card) => ({
      layers: [(layer = layerOf(card, options.layer ?? placeLayer(card.architecture.depth)))],
    })),
    stream: { ordered: true, size },
    begin: (inputs) => files.begin(inputs),
    async answer(input, tokens) {
      const image = once(() => decodeImage(input.source, { ...(pixelLimit !== undefined && { pixelLimit }), signal: context.signal }))
      const found = await follower.next({ patches: tokens.layers[layer]!.patches, placement: tokens.placement }, image)
      const about = describe(found, mask.length)
      all.push({ frame: input.source, ...about })
      const file = await files.write(input, {
        png: async () => (await import('../../draw/analysis/followed-drawing.ts')).followedDrawing(await image(), found),
        'labels.png': async () => {
          const { data, shape } = found.labels
          return (await import('../../draw/parts/gray-png.ts')).grayPng({ data, shape: shape as [number, number] })
        },
      })
      context.output.result(
        input.source,
        { ...about, ...(file !== undefined && { file }) },
        `${input.source}${file === undefined ? '' : ` -> ${file}`}  ${textOf(about)}`,
      )
    },
  })
  if (tracks !== undefined) await writeFileAtomic(tracks, [Buffer.from(`${JSON.stringify({ frames: all }, null, 1)}\n`)])
}

type Described = ReturnType<typeof describe>

function describe({ labels, points }: FollowedFrame, masks: number) {
  const things = Array.from({ length: masks }, (_, index) => {
    const { area, box } = extentOf({ ...labels, dtype: 'bool', data: labels.data.map((label) => Number(label === index + 1)) })
    return area > 0 ? { area, box } : null
  })
  return { ...(masks > 0 && { masks: things }), ...(points.length > 0 && { points }) }
}

function textOf({ masks = [], points = [] }: Described): string {
  const areas = masks.map((found, i) => (found ? `mask ${i + 1}: ${found.area} pixels` : `mask ${i + 1} lost`))
  const places = points.map((found, i) => (found ? `point ${i + 1}: ${found.x.toFixed(1)},${found.y.toFixed(1)}` : `point ${i + 1} lost`))
  return [...areas, ...places].join(', ')
}
