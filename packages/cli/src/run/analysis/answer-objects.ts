import type { TileOptions } from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import { tensor, type ModelCard, type OutputRequest, type Pixels, type Size } from '@dinokit/core'
import type { CommandContext } from '../../output/command-context.ts'
import type { FoundObjects } from '../../output/found/found-objects.ts'
import { answerByTiles } from '../tiles/answer-by-tiles.ts'
import { objectsInTiles } from '../tiles/objects-in-tiles.ts'
import { answerByTokens, layerOf, type TokensCommand } from './answer-by-tokens.ts'
import { openWithOutputs } from './collect-tokens.ts'
import { findObjects, labelObjects, outputsForObjects, type ObjectChoice, type SourceObject } from './find-objects.ts'

/** Choice of how objects are found, in whole images or tile by tile. */
export interface ObjectsRequest extends ObjectChoice {
  readonly tiles?: TileOptions
}

/**
 * Has the objects in images drawn or written.
 *
 * @returns those of all images
 */
export async function answerObjects(
  common: Omit<TokensCommand<'png' | 'labels.png' | 'safetensors'>, 'outputs' | 'answer'>,
  { tiles, ...choice }: ObjectsRequest,
): Promise<FoundObjects[]> {
  const { context, given } = common
  const all: FoundObjects[] = []
  const outputs = (card: ModelCard): OutputRequest => outputsForObjects(layerOf(card))
  const tell = (found: FoundObjects, file: string | undefined): void => {
    all.push(found)
    report(context, found, file)
  }
  if (tiles) {
    await answerByTiles({
      ...common,
      tiles,
      open: () => openWithOutputs(context, given, outputs),
      async answer({ input: { source }, vision, image, tiles: sides, write }) {
        const { objects, small } = await objectsInTiles(vision, image, { ...choice, layer: layerOf(vision.card) }, sides)
        const file = await write({ png: () => drawn(small.pixels, small.objects), ...filesOf(image.size, objects) })
        tell({ source, size: image.size, objects }, file)
      },
    })
    return all
  }
  await answerByTokens({
    ...common,
    outputs,
    async answer({ input: { source }, tokens, card, image, write }) {
      const pixels = await image()
      const objects = await findObjects(tokens, layerOf(card), pixels, choice)
      const file = await write({ png: () => drawn(pixels, objects), ...filesOf(pixels, objects) })
      tell({ source, size: tokens.placement.source, objects }, file)
    },
  })
  return all
}

async function drawn(pixels: Pixels, objects: readonly SourceObject[]): Promise<Uint8Array> {
  const { objectsDrawing } = await import('../../draw/analysis/objects-drawing.ts')
  return objectsDrawing(pixels, { labels: labelObjects(objects, pixels), boxes: objects.map(({ box }) => box) })
}

/** Files of the objects of one image, by the format. */
function filesOf(size: Size, objects: readonly SourceObject[]): Record<'labels.png' | 'safetensors', () => Promise<Uint8Array>> {
  const { width, height } = size
  return {
    'labels.png': async () =>
      (await import('../../draw/parts/gray-png.ts')).grayPng({ data: labelObjects(objects, size).data, shape: [height, width] }),
    async safetensors() {
      const data = new Uint8Array(objects.length * width * height)
      objects.forEach(({ mask }, index) => data.set(mask.data, index * width * height))
      return writeSafetensors({ masks: tensor('bool', data, [objects.length, height, width]) })
    },
  }
}

function report({ output }: CommandContext, { source, objects }: FoundObjects, file: string | undefined): void {
  const about = objects.map(({ box, area, score }) => ({ box, area, score }))
  const lines = about.map(
    ({ box, area, score }) => `  ${box.left},${box.top} ${box.width}x${box.height}  ${area} pixels, score ${score.toFixed(2)}`,
  )
  const said = `${source}${file === undefined ? '' : ` -> ${file}`}${about.length === 0 ? '  no objects' : ''}`
  output.result(source, { objects: about, ...(file !== undefined && { file }) }, [said, ...lines].join('\n'))
}
