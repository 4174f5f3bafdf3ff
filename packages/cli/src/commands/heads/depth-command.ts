import { writeSafetensors } from '@dinokit/checkpoint'
import { depth, type Depth } from '@dinokit/head-depth'
import type { Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { headOptions, paddedSize, type HeadCommandOptions } from '../../options/head-options.ts'
import { answerByHead } from '../../run/answer-by-head.ts'

const FORMATS = ['safetensors', 'png', 'mm.png'] as const

/** `dinokit depth` */
export function addDepthCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('depth')
    .summary('Estimate depth in meters per pixel')
    .description('Estimate depth: meters for every pixel.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  headOptions(command, 'nyu-linear, nyu-linear4, nyu-dpt, kitti-linear, kitti-linear4 or kitti-dpt, with a DINOv2 model', FORMATS)
    .option('--flip', 'average with the flipped image, as the paper does')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit depth room.jpg --model dinov2-small
  $ dinokit depth street.jpg --model dinov2-small --head kitti-dpt --flip
  $ dinokit depth room.jpg --model dinov2-small --size source --out room.safetensors
  $ dinokit depth room.jpg --model dinov2-small --out room.png --overlay
  $ dinokit depth rooms/ --model dinov2-small --out depth/ --format mm.png

What is written, by the ending of --out or by --format:
  .png          colors with a scale in meters; --overlay lays them over the image
  .mm.png       gray, 16 bits, millimeters; 0 where nothing is known, 65535 for 65.535 m and beyond
  .safetensors  depth [height][width] of the image, float32 meters; 0 where nothing is known

Without --size the whole image is seen; --size source pads it to multiples of the patch, as the reference does.
The head of the embedded model was trained on photographs of rooms (NYU Depth v2); on other images it is wrong.`,
    )
    .action(async (images: string[], options: HeadCommandOptions & { readonly flip?: boolean }) => {
      const { head, size, flip, overlay } = options
      const { output } = context(command)
      await answerByHead({
        command,
        context: context(command),
        formats: FORMATS,
        images,
        given: options,
        knowsRooms: true,
        head: depth({ ...(head !== undefined && { weights: head }) }),
        options: { ...paddedSize(size), ...(flip && { flip }) },
        async answer({ input, result: answer, image, write }) {
          const path = await write({
            safetensors: () => writeSafetensors({ depth: answer.meters }, { task: 'depth', unit: 'm', unknown: '0' }),
            png: async () => (await import('../../draw/depth-drawing.ts')).depthDrawing(answer, overlay ? await image() : undefined),
            'mm.png': async () => (await import('../../draw/parts/millimeter-png.ts')).millimeterPng(answer.meters),
          })
          const summary = summaryOf(answer, path)
          output.result(
            input.source,
            summary,
            `${input.source}${path === undefined ? '' : ` -> ${path}`}  ${answer.min.toFixed(2)} m to ${answer.max.toFixed(2)} m, median ${summary.median.toFixed(2)} m`,
          )
        },
      })
    })
}

interface DepthSummary {
  readonly width: number
  readonly height: number
  readonly unit: 'm'
  readonly min: number
  readonly max: number
  readonly median: number
  /** Pixels of which nothing is known. */
  readonly unknown: number
  readonly file?: string
}

function summaryOf({ meters, min, max }: Depth, file: string | undefined): DepthSummary {
  const [height, width] = meters.shape
  const known = meters.data.filter((value) => value !== meters.unknown).sort()
  const median = known[Math.floor(known.length / 2)] ?? 0
  return { width, height, unit: 'm', min, max, median, unknown: meters.data.length - known.length, ...(file !== undefined && { file }) }
}
