import { overlay, sharpenMap, type Point } from '@dinokit/analysis'
import { tensor, type Pixels, type Placement, type Tensor } from '@dinokit/core'
import { panelSheet, type Panel } from './panels.ts'
import { smallImage, type SmallImage } from './small-image.ts'

/** Side of each image on the sheet, in pixels. */
const SIDE = 300
const COLUMNS = 4
const MARK = [255, 60, 60] as const

/** Maps to draw. */
export interface DrawnAttention {
  readonly names: readonly string[]
  /** [maps][rows][columns] */
  readonly maps: Tensor
  readonly mean: Tensor
  readonly rollout?: Tensor
  readonly query?: Point
}

/**
 * An image, and what a token attends to in it, each map in the colors of its own range.
 *
 * @param side - longest side of each image on the sheet, in pixels
 * @returns a PNG file
 */
export async function attentionDrawing(
  { names, maps, mean, rollout, query }: DrawnAttention,
  image: Pixels,
  placement: Placement,
  side = SIDE,
): Promise<Buffer> {
  const small = await smallImage(image, placement, side)
  const panel = (title: string, map: Tensor): Panel => ({ title, pixels: withMap(small, map) })
  const [, rows, columns] = maps.shape as [number, number, number]
  const patches = rows * columns
  const each = names.map((name, i) => panel(name, tensor('float32', maps.data.subarray(i * patches, (i + 1) * patches), [rows, columns])))
  const marked = query ? withMark(small.pixels, image, query) : small.pixels
  const first = { title: query ? 'image, and the query' : 'image', pixels: marked }
  return panelSheet([first, ...each, panel('mean of heads', mean), ...(rollout ? [panel('rollout', rollout)] : [])], COLUMNS)
}

/** An image that a map is of, and the place that was asked for. */
export interface MappedImage {
  readonly image: Pixels
  readonly placement: Placement
  readonly query: Point
}

/**
 * An image with the place that was asked for, beside a map over it.
 *
 * @param title - of the map
 * @param map - [rows][columns]
 * @returns a PNG file
 */
export async function mapDrawing(title: string, map: Tensor, { image, placement, query }: MappedImage): Promise<Buffer> {
  const small = await smallImage(image, placement, 2 * SIDE)
  return panelSheet(
    [
      { title: 'image, and the point', pixels: withMark(small.pixels, image, query) },
      { title, pixels: withMap(small, map) },
    ],
    2,
  )
}

/** An image with a map over it. */
function withMap({ pixels, placement }: SmallImage, map: Tensor): Pixels {
  return overlay(pixels, sharpenMap(map, pixels, placement), { palette: 'magma', opacity: 0.75 })
}

/** An image with a small square around a place of the larger image that it was made of. */
function withMark(pixels: Pixels, { width }: Pixels, { x, y }: Point): Pixels {
  const data = pixels.data.slice()
  const scale = pixels.width / width
  const [column, row] = [Math.round(x * scale), Math.round(y * scale)]
  for (let dy = -5; dy <= 5; dy++) {
    for (let dx = -5; dx <= 5; dx++) {
      const [atX, atY] = [column + dx, row + dy]
      const rim = Math.max(Math.abs(dx), Math.abs(dy)) >= 4
      if (rim && atX >= 0 && atX < pixels.width && atY >= 0 && atY < pixels.height) data.set(MARK, (atY * pixels.width + atX) * 3)
    }
  }
  return { ...pixels, data }
}
