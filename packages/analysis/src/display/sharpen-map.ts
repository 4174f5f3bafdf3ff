import { DinokitError, tensor, type PixelMap, type Pixels, type Placement, type Tensor } from '@dinokit/core'
import { emptyLabels, gridAxes, type LabelMap } from '@dinokit/head-kit'
import { assertMap } from '../lib/assert-map.ts'
import { cellColors } from '../lib/cell-colors.ts'

/** Options of {@link sharpenMap}. */
export interface SharpenOptions {
  /** Cells around a pixel that count, in each direction. Default 2. */
  readonly radius?: number
  /** Standard deviation of the distance of cells that still count, in cells. Default 1. */
  readonly distance?: number
  /** Standard deviation of the difference of colors that still count, of 0 to 1 a channel. Default 0.1. */
  readonly color?: number
}

/** Weight of a color however different it is: where none is alike, the nearest cells decide. */
const NO_WEIGHT = 1e-12

/**
 * Enlarges a map over the model's input to the pixels of the image, along the image's edges: a pixel takes the values of cells near
 * it whose mean color is like its own (joint bilateral upsampling; Kopf et al., ACM Transactions on Graphics 26, 2007).
 *
 * @param map - [rows][columns], such as of one attention head, or a mask as 0 and 1
 * @param image - the source image, RGB
 * @param placement - of the tokens
 * @param options - reach in space and in color
 * @returns [height][width] of the source image; NaN where the model saw nothing, beside a crop
 * @throws DinokitError `tensor-invalid`, `size-invalid` for an image of another size than the placement's, `invalid-option`
 */
export function sharpenMap(map: Tensor, image: Pixels, placement: Placement, options: SharpenOptions = {}): PixelMap {
  assertMap(map)
  const data = new Float32Array(image.width * image.height).fill(NaN)
  forEachPixel({ image, placement, grid: map.shape as [number, number], options }, (pixel, { cells, weights }) => {
    let [sum, total] = [0, 0]
    for (let i = 0; i < cells.length; i++) {
      total += weights[i]!
      sum += weights[i]! * map.data[cells[i]!]!
    }
    data[pixel] = sum / total
  })
  const { width, height } = image
  return { ...tensor('float32', data, [height, width]), shape: [height, width], unit: 'value', unknown: NaN }
}

/**
 * Labels the pixels of the image with the class whose scores are the largest once they are enlarged along the image's edges, each as by
 * {@link sharpenMap}.
 *
 * @param scores - [classes][rows][columns], such as a segmentation's logits
 * @param image - the source image, RGB
 * @param placement - of the scores
 * @param options - reach in space and in color
 * @returns [height][width] of the source image; its `unknown` where the model saw nothing, beside a crop
 * @throws DinokitError `tensor-invalid`, `size-invalid` for an image of another size than the placement's, `invalid-option`
 */
export function sharpenLabels(scores: Tensor, image: Pixels, placement: Placement, options: SharpenOptions = {}): LabelMap {
  const [classes, ...grid] = scores.shape as [number, number, number]
  assertMap({ ...scores, shape: [classes * grid[0], grid[1]] })
  const labels = emptyLabels(classes, image)
  const area = grid[0] * grid[1]
  forEachPixel({ image, placement, grid, options }, (pixel, { cells, weights }) => {
    let [best, most] = [0, -Infinity]
    for (let label = 0; label < classes; label++) {
      let sum = 0
      for (let i = 0; i < cells.length; i++) sum += weights[i]! * scores.data[label * area + cells[i]!]!
      if (sum > most) [best, most] = [label, sum]
    }
    labels.data[pixel] = best
  })
  return labels
}

/** Image, and the grid of cells that is enlarged to its pixels. */
interface Enlarged {
  readonly image: Pixels
  readonly placement: Placement
  readonly grid: readonly [rows: number, columns: number]
  readonly options: SharpenOptions
}

/** Cells around a pixel, and their weights, which do not sum to 1; valid until the next pixel. */
interface Neighbors {
  readonly cells: Int32Array
  readonly weights: Float64Array
}

/**
 * Calls for each pixel of the image that the model saw.
 *
 * @throws DinokitError `size-invalid`, `invalid-option`
 */
function forEachPixel(
  { image, placement, grid: [rows, columns], options }: Enlarged,
  visit: (pixel: number, neighbors: Neighbors) => void,
): void {
  const { radius = 2, distance = 1, color = 0.1 } = options
  assertSharpen(image, placement, { radius, distance, color })
  const { x, y } = gridAxes(placement, [rows, columns])
  const guide = cellColors(image, placement, [rows, columns])
  const scale = -1 / (2 * (255 * color) ** 2)
  const across = Array.from(x.lower, (cell, i) => reach(cell + x.fraction[i]!, columns, radius, distance))
  const all = { cells: new Int32Array((2 * radius + 1) ** 2), weights: new Float64Array((2 * radius + 1) ** 2) }
  for (let row = y.start; row < y.end; row++) {
    const down = reach(y.lower[row - y.start]! + y.fraction[row - y.start]!, rows, radius, distance)
    for (let column = x.start; column < x.end; column++) {
      const side = across[column - x.start]!
      const pixel = row * image.width + column
      const [red, green, blue] = [image.data[3 * pixel]!, image.data[3 * pixel + 1]!, image.data[3 * pixel + 2]!]
      let count = 0
      for (let i = 0; i < down.weights.length; i++) {
        for (let j = 0; j < side.weights.length; j++) {
          const cell = (down.first + i) * columns + side.first + j
          const far = (guide[3 * cell]! - red) ** 2 + (guide[3 * cell + 1]! - green) ** 2 + (guide[3 * cell + 2]! - blue) ** 2
          all.cells[count] = cell
          all.weights[count++] = down.weights[i]! * side.weights[j]! * (Math.exp(far * scale) + NO_WEIGHT)
        }
      }
      visit(pixel, count === all.cells.length ? all : { cells: all.cells.subarray(0, count), weights: all.weights.subarray(0, count) })
    }
  }
}

/** Cells of one axis near a place, and their weights. */
interface Reach {
  readonly first: number
  readonly weights: Float64Array
}

function reach(place: number, cells: number, radius: number, distance: number): Reach {
  const at = Math.min(place, cells - 1)
  const center = Math.round(at)
  const first = Math.max(0, center - radius)
  const last = Math.min(cells - 1, center + radius)
  const weights = Float64Array.from({ length: last - first + 1 }, (_, i) => Math.exp(-((first + i - at) ** 2) / (2 * distance ** 2)))
  return { first, weights }
}

function assertSharpen({ width, height }: Pixels, { source }: Placement, options: Required<SharpenOptions>): void {
  if (width !== source.width || height !== source.height) {
    throw new DinokitError('size-invalid', 'The image is not the one of the tokens.', {
      given: `${width}x${height}`,
      expected: `${source.width}x${source.height}`,
    })
  }
  const { radius, distance, color } = options
  if (Number.isInteger(radius) && radius >= 1 && distance > 0 && color > 0) return
  throw new DinokitError('invalid-option', 'The reach of a map’s cells is none.', {
    given: `radius ${radius}, distance ${distance}, color ${color}`,
    expected: 'a whole radius of at least 1, and distances above 0',
  })
}
