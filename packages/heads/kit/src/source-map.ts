import { tensor, type PixelMap, type Placement, type Tensor } from '@dinokit/core'
import { gridAxes } from './grid-axis.ts'
import { axisRuns } from './lib/axis-runs.ts'

/**
 * A grid of values over the model's input as a map of the source image, bilinear.
 *
 * @param grid - [rows][columns]
 * @param placement - of the image
 * @param about - unit, the value of what the model did not see, and whether corners are aligned (see `gridAxes`)
 */
export function sourceMap(
  grid: Tensor,
  placement: Placement,
  { unit, unknown, corners = false }: Pick<PixelMap, 'unit' | 'unknown'> & { readonly corners?: boolean },
): PixelMap {
  const [rows, columns] = grid.shape.slice(-2) as [number, number]
  const { width, height } = placement.source
  const { x, y } = gridAxes(placement, [rows, columns], corners)
  const data = new Float32Array(width * height)
  if (unknown !== 0) data.fill(unknown)
  const runs = axisRuns(x)
  const line = new Float32Array(columns)
  for (let row = y.start; row < y.end; row++) {
    const i = row - y.start
    mixRows(grid.data, y.lower[i]! * columns, y.upper[i]! * columns, y.fraction[i]!, line)
    const base = row * width + x.start
    for (const { lower, upper, start, end } of runs) {
      const from = line[lower]!
      const step = line[upper]! - from
      for (let j = start; j < end; j++) data[base + j] = from + step * x.fraction[j]!
    }
  }
  return { ...tensor('float32', data, [height, width]), shape: [height, width], unit, unknown }
}

/**
 * The least and the largest value of a map that {@link sourceMap} made. Between two cells a row rises or falls all along, so
 * that only the ends need be looked at.
 *
 * @param map - of the source
 * @param placement - that it was made by
 * @param grid - [rows][columns] that it was made of
 * @param corners - whether it was made with corners aligned
 * @returns Infinity and -Infinity where the model saw nothing
 */
export function measureExtent(
  { data }: PixelMap,
  placement: Placement,
  grid: Tensor,
  corners = false,
): { readonly min: number; readonly max: number } {
  const { x, y } = gridAxes(placement, grid.shape.slice(-2) as [number, number], corners)
  const ends = axisRuns(x).flatMap(({ start, end }) => [start, end - 1])
  let [min, max] = [Infinity, -Infinity]
  for (let row = y.start; row < y.end; row++) {
    const base = row * placement.source.width + x.start
    for (const column of ends) {
      const value = data[base + column]!
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return { min, max }
}

/** line = (1 - t) * the row at `above` + t * the row at `below`. */
// eslint-disable-next-line max-params -- called for every row of every class: an object each time would be garbage in the hot loop
export function mixRows(data: Float32Array, above: number, below: number, t: number, line: Float32Array): void {
  for (let column = 0; column < line.length; column++) {
    const from = data[above + column]!
    line[column] = from + (data[below + column]! - from) * t
  }
}
