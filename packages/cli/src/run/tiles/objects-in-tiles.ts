import { discoverObjects, poolTiles, shrinkImage, type MergeTilesOptions, type TiledVision } from '@dinokit/analysis'
import type { OpenImage, Pixels } from '@dinokit/core'
import { enlargeMask, extentOf, SHARP_SIDE, softMask, type ObjectChoice, type SourceObject } from '../analysis/find-objects.ts'

/** Objects of a large image, and a smaller copy of it with the same objects, to draw. */
export interface TiledObjects {
  readonly objects: readonly SourceObject[]
  readonly small: { readonly pixels: Pixels; readonly objects: readonly SourceObject[] }
}

/** Finds the objects of a large image from the keys of its tiles. */
export async function objectsInTiles(
  vision: TiledVision,
  image: OpenImage,
  choice: ObjectChoice & { readonly layer: number },
  tiles: MergeTilesOptions,
): Promise<TiledObjects> {
  const { layer, ...how } = choice
  const { features, ignored, placement } = await poolTiles(vision, image, { ...tiles, layer })
  const pixels = await shrinkImage(image, SHARP_SIDE)
  const small = { pixels, placement: { ...placement, source: pixels } }
  const soft = discoverObjects(features, { ...how, ignored }).map(({ mask, score }) => ({ soft: softMask(mask, small), score }))
  const objectsAt = (size: { readonly width: number; readonly height: number }): SourceObject[] =>
    soft.map(({ soft: of, score }) => {
      const mask = enlargeMask(of, size)
      return { mask, score, ...extentOf(mask) }
    })
  const found = objectsAt(image.size)
  const kept = found.map(({ area }) => area > 0)
  return { objects: found.filter((_, i) => kept[i]), small: { pixels, objects: objectsAt(pixels).filter((_, i) => kept[i]) } }
}
