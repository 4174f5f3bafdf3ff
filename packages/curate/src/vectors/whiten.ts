import { DinokitError, type Tensor } from '@dinokit/core'
import { productsOf } from '@dinokit/core/vectors'
import { rowsOf, writeUnits } from '../lib/rows-of.ts'

/** Rows whose sums of products are added up at once. */
const BLOCK = 1024
/** Share of the mean variance that each direction has at least: what varies less is left as it is. */
const FLOOR = 0.1
/** Variance below which rows are all equal, but for rounding. */
const EQUAL = 1e-10

/**
 * Whitens rows: scales them to length 1, subtracts their mean, and evens out the directions in which they vary (Mahalanobis). The cosine
 * of two whitened rows is 1 where they are the same and about 0 for any two of the set, whatever the model: what all images of the set
 * have in common no longer counts. Directions that vary little, or of which few rows say how much, are evened out less: the variance of
 * each is raised by `0.1 + dim / rows` of the mean variance.
 *
 * @param vectors - [rows][dim]; their lengths do not matter
 * @returns [rows][dim], not of length 1; equal rows stay equal
 * @throws DinokitError `tensor-invalid` for rows that are not finite or all zeros, and where all rows are equal
 */
export function whiten(vectors: Tensor): Tensor {
  const rows = rowsOf(vectors)
  const { count, dim } = rows
  const data = new Float32Array(count * dim)
  writeUnits(
    rows,
    Array.from({ length: count }, (_, row) => row),
    data,
  )
  const mean = new Float64Array(dim)
  for (let at = 0; at < data.length;) for (let i = 0; i < dim; i++) mean[i]! += data[at++]! / count
  for (let at = 0; at < data.length;) for (let i = 0; i < dim; i++) data[at++]! -= mean[i]!
  const covariance = covarianceOf(data, dim)
  let variance = 0
  for (let i = 0; i < dim; i++) variance += covariance[i * dim + i]! / dim
  if (!(variance * dim > EQUAL))
    throw new DinokitError('tensor-invalid', 'All rows are equal: there is nothing to even out.', {
      given: `${count} rows`,
      expected: 'rows that differ',
    })
  const ridge = (FLOOR + dim / count) * variance
  for (let i = 0; i < dim; i++) covariance[i * dim + i]! += ridge
  const inverse = Float32Array.from(inverseFactor(covariance, dim))
  for (let start = 0; start < count; start += BLOCK) {
    const block = data.subarray(start * dim, (start + BLOCK) * dim)
    block.set(productsOf(block, inverse, dim))
  }
  return { dtype: 'float32', data, shape: [count, dim] }
}

/** [dim][dim], of rows whose mean is 0. */
function covarianceOf(data: Float32Array, dim: number): Float64Array {
  const count = data.length / dim
  const covariance = new Float64Array(dim * dim)
  for (let start = 0; start < count; start += BLOCK) {
    const some = Math.min(BLOCK, count - start)
    // [dim][rows]: the products of its rows are sums over rows.
    const turned = new Float32Array(dim * some)
    for (let row = 0; row < some; row++) for (let i = 0; i < dim; i++) turned[i * some + row] = data[(start + row) * dim + i]!
    const products = productsOf(turned, turned, some)
    for (let at = 0; at < covariance.length; at++) covariance[at]! += products[at]! / count
  }
  return covariance
}

/** The inverse of the lower factor of a positive matrix (Cholesky), [dim][dim]. */
function inverseFactor(matrix: Float64Array, dim: number): Float64Array {
  const factor = new Float64Array(dim * dim)
  for (let row = 0; row < dim; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * dim + column]!
      for (let i = 0; i < column; i++) sum -= factor[row * dim + i]! * factor[column * dim + i]!
      factor[row * dim + column] = row === column ? Math.sqrt(sum) : sum / factor[column * dim + column]!
    }
  }
  const inverse = new Float64Array(dim * dim)
  for (let column = 0; column < dim; column++) {
    inverse[column * dim + column] = 1 / factor[column * dim + column]!
    for (let row = column + 1; row < dim; row++) {
      let sum = 0
      for (let i = column; i < row; i++) sum -= factor[row * dim + i]! * inverse[i * dim + column]!
      inverse[row * dim + column] = sum / factor[row * dim + row]!
    }
  }
  return inverse
}
