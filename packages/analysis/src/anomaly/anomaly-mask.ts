import { tensor, type Tensor } from '@dinokit/core'
import { fitPca } from '@dinokit/core/vectors'
import { project } from '../lib/project.ts'

/** Options of {@link anomalyMask}. */
export interface AnomalyMaskOptions {
  /** Least value of the first principal component in the foreground. Default 10, which suits tokens of DINOv2 after the LayerNorm. */
  readonly threshold?: number
  /** Share of the rows and the columns at each border that is not of the center. Default 0.2. */
  readonly border?: number
}

/** Defaults of {@link AnomalyMaskOptions}. */
export const ANOMALY_MASK_DEFAULTS = Object.freeze({ threshold: 10, border: 0.2 }) satisfies Required<AnomalyMaskOptions>

/** Share of the center above which the first principal component points to the foreground. */
const CENTER_SHARE = 0.35

/**
 * Finds the foreground of an image by the first principal component of its patches, as AnomalyDINO does (arXiv 2405.14529): patches above a
 * threshold, or below its negative where too little of the center is above; grown by a patch, then closed.
 *
 * @param grid - [rows][columns][dim]
 * @param options - threshold, border
 * @returns [rows][columns], 1 for the foreground; all 0 where no patch stands apart
 * @throws DinokitError those of `fitPca`
 */
export function anomalyMask(grid: Tensor, options: AnomalyMaskOptions = {}): Tensor<'bool'> {
  const { threshold, border } = { ...ANOMALY_MASK_DEFAULTS, ...options }
  const [rows, columns] = grid.shape as [number, number, number]
  const { mean, components } = fitPca([grid], 1)
  const values = project(grid, mean, components[0]!)
  const [top, bottom] = [Math.trunc(rows * border), Math.trunc(rows * (1 - border))]
  const [left, right] = [Math.trunc(columns * border), Math.trunc(columns * (1 - border))]
  let [above, center] = [0, 0]
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++, center++) above += Number(values[row * columns + column]! > threshold)
  }
  const sign = above <= center * CENTER_SHARE ? -1 : 1
  const found = Uint8Array.from(values, (value) => Number(sign * value > threshold))
  const grown = spread(found, columns, 1)
  const closed = spread(spread(grown, columns, 1), columns, 0)
  return tensor('bool', closed, [rows, columns])
}

/** Has the neighbors of each patch of a value, corners among them, take that value too. */
function spread(mask: Uint8Array<ArrayBuffer>, columns: number, value: 0 | 1): Uint8Array<ArrayBuffer> {
  const result = mask.slice()
  const rows = mask.length / columns
  mask.forEach((each, patch) => {
    if (each !== value) return
    const [row, column] = [Math.floor(patch / columns), patch % columns]
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++)
      result.fill(value, y * columns + Math.max(0, column - 1), y * columns + Math.min(columns, column + 2))
  })
  return result
}
