import { PAPER_SCALES, segmentation, segmentationFile } from '@dinokit/head-segmentation'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import {
  exampleOptions,
  givenOf,
  tileOptions,
  tilesOf,
  type ExampleOptions,
  type TileCommandOptions,
} from '../../options/analysis-options.ts'
import { headOptions, paddedSize, type HeadCommandOptions } from '../../options/heads/head-options.ts'
import { answerByExample } from '../../run/analysis/answer-by-example.ts'
import { reportSegmentation } from '../../output/found/told-segmentation.ts'
import { answerByHead } from '../../run/answer-by-head.ts'
import { sharpened } from '../../run/analysis/sharpened.ts'
import { answerByTiledHead } from '../../run/tiles/segment-in-tiles.ts'

interface SegmentCommandOptions extends HeadCommandOptions, ExampleOptions, TileCommandOptions {
  readonly flip?: boolean
  readonly scales?: readonly number[]
  readonly slide?: boolean
  readonly sharp?: boolean
}

const FORMATS = ['safetensors', 'png', 'labels.png'] as const

/** `dinokit segment` */
export function addSegmentCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('segment')
    .summary('Segment images: one class per pixel')
    .description('Segment images: one class per pixel.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  tileOptions(exampleOptions(headOptions(command, 'ade20k-ms, ade20k-linear, voc2012-ms or voc2012-linear, with a DINOv2 model', FORMATS)))
    .option('--flip', 'average with the flipped image')
    .addOption(new Option('--scales <list>', `average over scales: a list, or paper for ${PAPER_SCALES.join(',')}`).argParser(parseScales))
    .option('--slide', 'use a sliding window at the image’s own size, as Meta’s evaluation does')
    .option('--sharp', 'let classes end where the image has edges')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit segment photo.jpg --model dinov2-small
  $ dinokit segment photo.jpg --model dinov2-small --head voc2012-ms --scales paper --flip
  $ dinokit segment photos/ --head my-head.safetensors --size 448x448 --out labels/
  $ dinokit segment photo.jpg --model dinov2-small --out photo.png --overlay
  $ dinokit segment photos/ --model dinov2-small --out labels/ --format labels.png
  $ dinokit segment large.jpg --tile 518 --overlap 112 --out labels.labels.png
  $ dinokit segment photo.jpg --example cup.jpg --mask cup.png --out found.png

What is written, by the ending of --out or by --format:
  .png          the classes' colors with a legend of names and areas; --overlay lays them over the image
  .labels.png   gray: the number of each pixel's class, from 0; 255 where nothing is known (16 bits and 65535 beyond 255 classes)
  .safetensors  labels [height][width] of the image and logits [classes][rows][columns] of the patches

With --tile the head's scores of tiles are merged, and a large image's drawing is made smaller.
Without --size the whole image is seen; --size source pads it to multiples of the patch, as the reference does.
The head of the embedded model was trained on photographs of rooms (NYU Depth v2); on other images it is wrong.`,
    )
    .action(async (images: string[], options: SegmentCommandOptions) => {
      const { head, size, flip, scales, slide, sharp, overlay, example } = options
      const { output } = context(command)
      const tiles = tilesOf(
        command,
        options,
        givenOf({ '--size': size, '--flip': flip, '--scales': scales, '--slide': slide, '--sharp': sharp, '--example': example }),
      )
      if (example || options.mask || options.negative) {
        const { example: named = [], mask = [], negative = [], least, by, ...given } = options
        await answerByExample(command, context(command), {
          images,
          given,
          example: named,
          mask,
          negative,
          by,
          ...(least !== undefined && { least }),
        })
        return
      }
      const common = {
        command,
        context: context(command),
        formats: FORMATS,
        images,
        given: options,
        head: segmentation({ ...(head !== undefined && { weights: head }) }),
      }
      if (tiles) {
        await answerByTiledHead({ ...common, tiles })
        return
      }
      await answerByHead({
        ...common,
        knowsRooms: true,
        options: { ...paddedSize(size), ...(flip && { flip }), ...(scales && { scales }), ...(slide && { slide: {} }) },
        async answer({ input, result, image, write }) {
          const segmentation = sharp ? sharpened(result, await image()) : result
          const { labels } = segmentation
          const path = await write({
            safetensors: () => segmentationFile(segmentation),
            png: async () =>
              (await import('../../draw/segmentation-drawing.ts')).segmentationDrawing(segmentation, overlay ? await image() : undefined),
            'labels.png': async () => (await import('../../draw/parts/gray-png.ts')).grayPng(labels),
          })
          reportSegmentation(output, input.source, segmentation, path)
        },
      })
    })
}

function parseScales(text: string): readonly number[] {
  if (text === 'paper') return PAPER_SCALES
  const scales = text.split(',').map(Number)
  if (scales.every((scale) => scale > 0 && scale <= 8)) return scales
  throw new InvalidArgumentError('Give numbers above 0 and up to 8, such as 1,1.5,2; or paper.')
}
