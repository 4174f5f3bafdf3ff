import { DinokitError, type Tensor } from '@dinokit/core'

/** Vectors of rows, looked at: every number is finite, and no vector is all zeros. */
export interface RowVectors {
  /** [count][dim], as they were given. */
  readonly data: Float32Array
  readonly dim: number
  readonly count: number
  /** Length of each vector. */
  readonly lengths: Float64Array
}

/**
 * Looks at vectors whose directions are to be compared.
 *
 * @param vectors - [rows][dim]
 * @throws DinokitError `tensor-invalid` for another shape, NaN, infinity, and a vector of zeros, naming the row
 */
export function rowsOf({ data, shape }: Tensor): RowVectors {
  const [count = 0, dim = 0] = shape
  if (shape.length !== 2 || dim < 1 || data.length !== count * dim)
    throw new DinokitError('tensor-invalid', `Rows have shape [${shape.join('][')}].`, {
      given: `[${shape.join('][')}], ${data.length} numbers`,
      expected: '[rows][dim]',
    })
  const lengths = new Float64Array(count)
  for (let row = 0, at = 0; row < count; row++) {
    let square = 0
    for (const end = at + dim; at < end; at++) square += data[at]! * data[at]!
    if (!(square > 0 && square < Infinity))
      throw new DinokitError('tensor-invalid', `Row ${row} has no direction.`, {
        given: square === 0 ? 'all zeros' : 'NaN or infinity',
        expected: 'finite numbers, not all zero',
      })
    lengths[row] = Math.sqrt(square)
  }
  return { data, dim, count, lengths }
}

/** Cosine of two rows, in double precision. */
export function cosineOf({ data, dim, lengths }: RowVectors, one: number, other: number): number {
  let [even, odd] = [0, 0]
  let [a, b] = [one * dim, other * dim]
  const end = a + dim - 1
  for (; a < end; a += 2, b += 2) {
    even += data[a]! * data[b]!
    odd += data[a + 1]! * data[b + 1]!
  }
  if (a === end) even += data[a]! * data[b]!
  return (even + odd) / (lengths[one]! * lengths[other]!)
}

/** Writes some rows, each of length 1. */
export function writeUnits(
  { data, dim, lengths }: RowVectors,
  rows: { readonly length: number; readonly [index: number]: number },
  to: Float32Array,
): void {
  for (let i = 0, at = 0; i < rows.length; i++) {
    const row = rows[i]!
    const length = lengths[row]!
    for (let from = row * dim; from < (row + 1) * dim; from++) to[at++] = data[from]! / length
  }
}
