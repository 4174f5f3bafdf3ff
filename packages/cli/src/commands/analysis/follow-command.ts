import type { Point } from '@dinokit/analysis'
import { decodeImage, writeFileAtomic } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import { readMask } from '../../input/analysis/read-mask.ts'
import { ANALYSIS_SIZE, analysisOptions, type AnalysisOptions } from '../../options/analysis-options.ts'
import { parseCount, parsePoint } from '../../options/parse-options.ts'
import { answerFormat } from '../../output/answer-format.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { assertOneFile } from '../../output/out-paths.ts'
import { createOutputFiles } from '../../output/output-files.ts'
import { placeLayer } from '../../run/analysis/answer-by-tokens.ts'
import { openWithOutputs } from '../../run/analysis/collect-tokens.ts'
import { extentOf } from '../../run/analysis/find-objects.ts'
import { createFrameFollower, type FollowedFrame } from '../../run/analysis/follow-frames.ts'
import { runImages } from '../../run/run-images.ts'

interface FollowCommandOptions extends AnalysisOptions {
  readonly mask?: readonly string[]
  readonly point?: readonly Point[]
  readonly tracks?: string
  readonly layer?: number
}

const FORMATS = ['png', 'labels.png'] as const

/** `dinokit follow` */
export function addFollowCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('follow')
    .summary('Follow things through the frames of a video')
    .description('Follow points and masks that are marked in the first frame through the frames of a video, without training.')
    .argument('<frames...>', 'a folder of images, or images in their order')
  analysisOptions(command, FORMATS)
    .option('--mask <files...>', 'for each thing an image of the first frame’s size, white where it is')
    .addOption(new Option('--point <x,y...>', 'points of the first frame, in pixels').argParser(addPoint))
    .addOption(
      new Option('--layer <n>', 'layer, counted from 1 (default: a third of the way, which places things best)').argParser(parseCount),
    )
    .option('--tracks <file>', 'a .json file for boxes and points in all frames')
    .addHelpText(
      'after',
      `
Examples:
  $ ffmpeg -i film.mp4 -vf fps=10 frames/%05d.png
  $ dinokit follow frames/ --mask first.png --out followed/
  $ dinokit follow frames/ --point 120,80 --point 200,90 --tracks tracks.json
  $ ffmpeg -framerate 10 -i followed/%05d.png -pix_fmt yuv420p followed.mp4

The first ffmpeg command makes frames of a video, ten a second; the last makes a video of what was drawn.

What is written, by the ending of --out or by --format:
  .png         the frame, with masks colored and points numbered
  .labels.png  gray: 0 where no mask is, 1 for the first mask, and so on

Things are found by the patches most similar to theirs in the first frame and in the last seven. Between two frames they may move by 12
patches: with the default size, by three eighths of the frame’s shorter side.`,
    )
    .action(async (images: string[], options: FollowCommandOptions) => {
      await followFrames(command, context(command), images, options)
    })
}

async function followFrames(
  command: Command,
  context: CommandContext,
  images: readonly string[],
  options: FollowCommandOptions,
): Promise<void> {
  const { mask = [], point: points = [], tracks, out, overwrite, size = ANALYSIS_SIZE, pixelLimit } = options
  let layer = 0
  if (mask.length + points.length === 0) command.error('error: give what is followed: --mask or --point.')
  if (tracks !== undefined && !/\.json$/i.test(tracks)) command.error(`error: --tracks ${tracks} must end with .json.`)
  const format = answerFormat(command, FORMATS, options)
  await assertOneFile(command, images, { ...options, format })
  const files = out === undefined ? undefined : createOutputFiles({ out, format, overwrite })
  const follower = createFrameFollower({ masks: await Promise.all(mask.map(readMask)), points })
  const all: object[] = []
  await runImages(context, {
    named: images,
    recursive: options.recursive,
    open: await openWithOutputs(context, options, (card) => ({ layers: [(layer = placeLayer(card, options.layer))] })),
    stream: { ordered: true, size },
    begin: async (inputs) => files?.plan(inputs),
    async answer(input, tokens) {
      const image = once(() => decodeImage(input.source, { ...(pixelLimit !== undefined && { pixelLimit }), signal: context.signal }))
      const found = await follower.next({ patches: tokens.layers[layer]!.patches, placement: tokens.placement }, image)
      const about = describe(found, mask.length)
      all.push({ frame: input.source, ...about })
      const file = await files?.write(input, await drawingOf(format, found, image))
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

async function drawingOf(
  format: (typeof FORMATS)[number],
  found: FollowedFrame,
  image: () => ReturnType<typeof decodeImage>,
): Promise<Uint8Array> {
  if (format === 'png') return (await import('../../draw/analysis/followed-drawing.ts')).followedDrawing(await image(), found)
  const { data, shape } = found.labels
  return (await import('../../draw/parts/gray-png.ts')).grayPng({ data, shape: shape as [number, number] })
}

function addPoint(text: string, points: readonly Point[] = []): readonly Point[] {
  return [...points, parsePoint(text)]
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
