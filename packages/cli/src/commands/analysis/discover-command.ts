import { writeSafetensors } from '@dinokit/checkpoint'
import { tensor, type ModelCard, type OutputRequest, type Pixels, type Size } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import {
  analysisOptions,
  givenOf,
  tileOptions,
  tilesOf,
  type AnalysisOptions,
  type TileCommandOptions,
} from '../../options/analysis-options.ts'
import { parseCount } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { foundFile, type FoundObjects } from '../../output/found/found-objects.ts'
import { answerByTokens, layerOf } from '../../run/analysis/answer-by-tokens.ts'
import { openWithOutputs } from '../../run/analysis/collect-tokens.ts'
import { findObjects, labelObjects, outputsForObjects, type SourceObject } from '../../run/analysis/find-objects.ts'
import { answerByTiles } from '../../run/tiles/answer-by-tiles.ts'
import { objectsInTiles } from '../../run/tiles/objects-in-tiles.ts'

interface DiscoverCommandOptions extends AnalysisOptions, TileCommandOptions {
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
  tileOptions(analysisOptions(command, FORMATS))
    .addOption(new Option('--objects <n>', 'most objects to find in an image').argParser(parseCount).default(1))
    .addOption(new Option('--method <name>', 'token-cut (normalized cut) or lost').choices(['token-cut', 'lost']).default('token-cut'))
    .option('--boxes <file>', 'file for the boxes of all images: .json (COCO, with masks), .geojson (in pixels) or .csv')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit discover photo.jpg --out objects.png
  $ dinokit discover photos/ --objects 3 --boxes found.json
  $ dinokit discover photos/ --out masks/ --format labels.png
  $ dinokit discover large.jpg --tile 518 --overlap 112 --out objects.png

What is written, by the ending of --out or by --format:
  .png          the image, and its objects colored
  .labels.png   gray: 0 where there is no object, 1 for the first, and so on
  .safetensors  masks [objects][height][width] of the image

Objects found after the first are less certain: a second one may be a part of what is behind the first.
An image of one color has none.
With --tile objects are found in the whole image, in cells of a 50th of its longer side: smaller ones are not.`,
    )
    .action(async (images: string[], options: DiscoverCommandOptions) => {
      const { objects: most, method, boxes } = options
      if (boxes !== undefined && !/\.(json|geojson|csv)$/i.test(boxes))
        command.error(`error: --boxes ${boxes} must end with .json, .geojson or .csv.`)
      const { output } = context(command)
      const all: FoundObjects[] = []
      const drawn = async (pixels: Pixels, objects: readonly SourceObject[]): Promise<Uint8Array> =>
        (await import('../../draw/analysis/objects-drawing.ts')).objectsDrawing(pixels, {
          labels: labelObjects(objects, pixels),
          boxes: objects.map(({ box }) => box),
        })
      /** Files of the objects of one image, by the format. */
      const filesOf = (size: Size, objects: readonly SourceObject[]): Record<'labels.png' | 'safetensors', () => Promise<Uint8Array>> => ({
        'labels.png': async () =>
          (await import('../../draw/parts/gray-png.ts')).grayPng({
            data: labelObjects(objects, size).data,
            shape: [size.height, size.width],
          }),
        safetensors: async () =>
          masksFile(
            objects.map(({ mask }) => mask.data),
            size,
          ),
      })
      const report = ({ source, size, objects }: FoundObjects, file: string | undefined): void => {
        all.push({ source, size, objects })
        const about = objects.map(({ box, area, score }) => ({ box, area, score }))
        const lines = about.map(
          ({ box, area, score }) => `  ${box.left},${box.top} ${box.width}x${box.height}  ${area} pixels, score ${score.toFixed(2)}`,
        )
        const said = `${source}${file === undefined ? '' : ` -> ${file}`}${about.length === 0 ? '  no objects' : ''}`
        output.result(source, { objects: about, ...(file !== undefined && { file }) }, [said, ...lines].join('\n'))
      }
      const tiles = tilesOf(command, options, givenOf({ '--size': options.size }))
      const common = { command, context: context(command), formats: FORMATS, images, given: options }
      const outputs = (card: ModelCard): OutputRequest => outputsForObjects(layerOf(card))
      if (tiles) {
        await answerByTiles({
          ...common,
          tiles,
          open: () => openWithOutputs(context(command), options, outputs),
          async answer({ input: { source }, vision, image, tiles: sides, write }) {
            const { objects, small } = await objectsInTiles(vision, image, { method, most, layer: layerOf(vision.card) }, sides)
            const file = await write({ png: () => drawn(small.pixels, small.objects), ...filesOf(image.size, objects) })
            report({ source, size: image.size, objects }, file)
          },
        })
      } else {
        await answerByTokens({
          ...common,
          outputs,
          async answer({ input: { source }, tokens, card, image, write }) {
            const pixels = await image()
            const objects = await findObjects(tokens, layerOf(card), pixels, { method, most })
            const file = await write({ png: () => drawn(pixels, objects), ...filesOf(pixels, objects) })
            report({ source, size: tokens.placement.source, objects }, file)
          },
        })
      }
      if (boxes !== undefined) await writeFileAtomic(boxes, [Buffer.from(await foundFile(boxes, all))])
    })
}

function masksFile(masks: readonly Uint8Array[], { width, height }: { readonly width: number; readonly height: number }): Uint8Array {
  const data = new Uint8Array(masks.length * width * height)
  masks.forEach((mask, index) => data.set(mask, index * width * height))
  return writeSafetensors({ masks: tensor('bool', data, [masks.length, height, width]) })
}
