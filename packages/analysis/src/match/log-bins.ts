import { tensor, type Tensor } from '@dinokit/core'

/** Steps around a patch, the patch itself first. */
const AROUND = [0, -1, 1].flatMap((row) => [0, -1, 1].map((column) => [row, column] as const))

/**
 * Describes patches by what is around them too: beside each token the mean of the tokens at 8 places around it, one patch and three
 * patches away, over squares of one and of 3x3 patches (log-bin descriptors; arXiv 2112.05814). Places beyond the edge take those at
 * the edge.
 *
 * @param grid - [rows][columns][dim]
 * @returns [rows][columns][17 * dim]
 */
export function logBins({ data, shape }: Tensor): Tensor {
  const [rows, columns, dim] = shape as [number, number, number]
  const wide = meanOfSquares(data, [rows, columns, dim])
  const bins = [
    ...AROUND.map(([row, column]) => ({ from: data, row, column })),
    ...AROUND.slice(1).map(([row, column]) => ({ from: wide, row: 3 * row, column: 3 * column })),
  ]
  const result = new Float32Array(data.length * bins.length)
  for (let row = 0, to = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (const bin of bins) {
        const start = (within(row + bin.row, rows) * columns + within(column + bin.column, columns)) * dim
        result.set(bin.from.subarray(start, start + dim), to)
        to += dim
      }
    }
  }
  return tensor('float32', result, [rows, columns, dim * bins.length])
}

/** Mean of the 3x3 patches around each, of those that there are. */
function meanOfSquares(data: Float32Array, [rows, columns, dim]: readonly [number, number, number]): Float32Array {
  const means = new Float32Array(data.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const near = AROUND.map(([r, c]) => [row + r, column + c] as const).filter(([r, c]) => r >= 0 && r < rows && c >= 0 && c < columns)
      const at = (row * columns + column) * dim
      for (const [r, c] of near) for (let i = 0; i < dim; i++) means[at + i]! += data[(r * columns + c) * dim + i]! / near.length
    }
  }
  return means
}

function within(place: number, length: number): number {
  return Math.min(length - 1, Math.max(0, place))
}
