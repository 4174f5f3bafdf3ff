import { crop, planView, preprocess, type OpenImage, type Pixels, type Region } from '@dinokit/core'
import type { TiledCard, TilePlan } from './plan-tiles.ts'

/** Most bytes of decoded rows that are kept: a strip of at least one tile's height is kept in any case. */
const KEPT_BYTES = 64 * 2 ** 20

/** Reader of an image's tiles, from top to bottom. */
export interface TileReader {
  /**
   * Makes a tile the model's input, bit for bit as `native` has it there.
   *
   * @param top - first row of patches
   * @param left - first column of patches
   */
  read(top: number, left: number): Promise<Pixels>
}

/**
 * Reads tiles of an image. Rows are decoded a strip at a time, so that memory does not grow with the image's height.
 *
 * @param image - open; stays the caller's
 * @param card - of the model
 * @param plan - of its tiles
 */
export function createTileReader(image: OpenImage, { architecture: { patch }, preprocessing }: TiledCard, plan: TilePlan): TileReader {
  const { resized } = plan.placement
  const input = { width: plan.tile[1] * patch, height: plan.tile[0] * patch }
  const readStrip = createStripReader(image)
  return {
    async read(top, left) {
      const view = planView(image.size, { placement: { resized, left: left * patch, top: top * patch, input } }, { preprocessing, patch })
      return preprocess(await readStrip(view.region), view).pixels
    },
  }
}

/**
 * Makes a function that reads regions of an image, each from rows that are decoded already where it can be.
 *
 * @param image - open
 */
export function createStripReader(image: OpenImage): (region: Region) => Promise<Pixels> {
  const { size } = image
  const rows = Math.max(1, Math.floor(KEPT_BYTES / (3 * size.width)))
  let strip: { readonly top: number; readonly pixels: Pixels } | undefined
  return async (region) => {
    const end = region.top + region.height
    if (!strip || region.top < strip.top || end > strip.top + strip.pixels.height) {
      // What was kept is let go first: two strips would be twice the memory.
      strip = undefined
      const height = Math.min(Math.max(rows, region.height), size.height - region.top)
      const rowsAt = { left: 0, top: region.top, width: size.width, height }
      strip = { top: region.top, pixels: await (image.readPart?.(rowsAt) ?? image.read(rowsAt)) }
    }
    return crop(strip.pixels, { ...region, top: region.top - strip.top })
  }
}
