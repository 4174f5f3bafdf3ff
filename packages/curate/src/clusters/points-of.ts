import type { RowVectors } from '../lib/rows-of.ts'

/**
 * Measure of how far rows are from the center of their cluster. `cosine`: 1 - cosine; rows count by their direction alone. `euclidean`:
 * the squared length of the difference; rows count as they are.
 */
export type ClusterMeasure = 'cosine' | 'euclidean'

/** Points among which clusters are looked for. */
export interface Points {
  /** [count][dim]: rows of length 1 for `cosine`; for `euclidean` rows less their mean, which keeps products small. */
  readonly data: Float32Array
  readonly dim: number
  readonly count: number
  /** Subtracted from each row: zeros for `cosine`. */
  readonly mean: Float64Array
  readonly measure: ClusterMeasure
}

/** Copies rows as points. */
export function pointsOf({ data: rows, dim, count, lengths }: RowVectors, measure: ClusterMeasure): Points {
  const mean = new Float64Array(dim)
  if (measure === 'euclidean') for (let at = 0; at < rows.length;) for (let i = 0; i < dim; i++) mean[i]! += rows[at++]! / count
  const data = new Float32Array(rows.length)
  for (let row = 0, at = 0; row < count; row++) {
    const length = measure === 'cosine' ? lengths[row]! : 1
    for (let i = 0; i < dim; i++, at++) data[at] = (rows[at]! - mean[i]!) / length
  }
  return { data, dim, count, mean, measure }
}

/** Squared length of each point. */
export function squaresOf({ data, dim, count }: Points): Float64Array {
  const squares = new Float64Array(count)
  for (let row = 0, at = 0; row < count; row++) for (let i = 0; i < dim; i++, at++) squares[row]! += data[at]! * data[at]!
  return squares
}

/** Squared distance of a point to one of some centers, in double precision. */
export function squareBetween({ data, dim }: Points, row: number, centers: ArrayLike<number>, center: number): number {
  let square = 0
  for (let at = row * dim, to = center * dim; at < (row + 1) * dim; at++, to++) square += (data[at]! - centers[to]!) ** 2
  return square
}
