import { tensor, type PixelMap, type Placement, type Tensor } from '@dinokit/core'
import { gridAxes } from '@dinokit/head-kit'

/** Parameter of PyTorch's cubic kernel. */
const A = -0.75

/** Where the pixels of one axis lie on a grid: four cells each, and their weights. */
interface CubicAxis {
  readonly start: number
  readonly end: number
  /** [pixels][4] */
  readonly cells: Int32Array
  /** [pixels][4] */
  readonly weights: Float32Array
}

/**
 * A grid of values over the model's input as a map of the source image, as PyTorch's bicubic with `align_corners=False`: transformers'
 * `post_process_depth_estimation`. It swings over at edges: values may lie a little beyond those of the grid.
 *
 * @param grid - [rows][columns]
 * @param placement - of the image
 * @param about - unit, and the value of what the model did not see
 */
export function cubicMap(grid: Tensor, placement: Placement, { unit, unknown }: Pick<PixelMap, 'unit' | 'unknown'>): PixelMap {
  const [rows, columns] = grid.shape as readonly [number, number]
  const { source, resized, left, top, input } = placement
  const { x: across, y: down } = gridAxes(placement, [rows, columns])
  const x = cubicAxis(across, (pixel) => ((pixel + 0.5) * (resized.width / source.width) - left) * (columns / input.width) - 0.5, columns)
  const y = cubicAxis(down, (pixel) => ((pixel + 0.5) * (resized.height / source.height) - top) * (rows / input.height) - 0.5, rows)
  const data = new Float32Array(source.width * source.height).fill(unknown)
  const line = new Float64Array(columns)
  for (let row = y.start; row < y.end; row++) {
    mix(grid.data, columns, y, (row - y.start) * 4, line)
    for (let column = x.start, at = 0; column < x.end; column++, at += 4) {
      let sum = 0
      for (let tap = at; tap < at + 4; tap++) sum += x.weights[tap]! * line[x.cells[tap]!]!
      data[row * source.width + column] = sum
    }
  }
  const shape = [source.height, source.width] as const
  return { ...tensor('float32', data, shape), shape, unit, unknown }
}

/** line = four rows of the grid by their weights. */
// eslint-disable-next-line max-params -- called for every row: an object each time would be garbage in the hot loop
function mix(data: Float32Array, columns: number, { cells, weights }: CubicAxis, at: number, line: Float64Array): void {
  line.fill(0)
  for (let tap = at; tap < at + 4; tap++) {
    const [weight, from] = [weights[tap]!, cells[tap]! * columns]
    for (let column = 0; column < columns; column++) line[column]! += weight * data[from + column]!
  }
}

function cubicAxis({ start, end }: Pick<CubicAxis, 'start' | 'end'>, place: (pixel: number) => number, length: number): CubicAxis {
  const [cells, weights] = [new Int32Array((end - start) * 4), new Float32Array((end - start) * 4)]
  for (let pixel = start; pixel < end; pixel++) {
    const at = place(pixel)
    const before = Math.floor(at)
    for (let tap = 0; tap < 4; tap++) {
      const to = (pixel - start) * 4 + tap
      cells[to] = Math.min(Math.max(before - 1 + tap, 0), length - 1)
      weights[to] = cubic(Math.abs(at - before + 1 - tap))
    }
  }
  return { start, end, cells, weights }
}

function cubic(t: number): number {
  if (t <= 1) return ((A + 2) * t - (A + 3)) * t * t + 1
  return t < 2 ? ((A * t - 5 * A) * t + 8 * A) * t - 4 * A : 0
}
