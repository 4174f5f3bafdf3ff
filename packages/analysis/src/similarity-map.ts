import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import { lengthAt } from './lib/length-at.ts'

/** A patch by its place in the grid, counted from 0 at the top left. */
export interface PatchPosition {
  readonly row: number
  readonly column: number
}

/**
 * Computes the cosine similarity of every patch to a chosen one: the cosine of the angle between their tokens.
 *
 * @param grid - [rows][columns][dim], such as `patches`
 * @param position - of the chosen patch
 * @returns [rows][columns], -1 to 1; 1 at the chosen patch, 0 where a token is all zeros
 * @throws DinokitError `invalid-option` for a place outside the grid
 */
export function similarityMap(grid: Tensor, { row, column }: PatchPosition): Tensor {
  const [rows, columns, dim] = grid.shape as [number, number, number]
  if (!(Number.isInteger(row) && Number.isInteger(column) && row >= 0 && row < rows && column >= 0 && column < columns)) {
    throw new DinokitError('invalid-option', `There is no patch in row ${row}, column ${column}.`, {
      given: `row ${row}, column ${column}`,
      expected: `a place in a grid of ${rows} rows and ${columns} columns, counted from 0`,
    })
  }
  const chosen = (row * columns + column) * dim
  const own = lengthAt(grid.data, chosen, dim)
  const cosines = Float32Array.from({ length: rows * columns }, (_, patch) => {
    const scale = own * lengthAt(grid.data, patch * dim, dim)
    if (scale === 0) return 0
    let dot = 0
    for (let i = 0; i < dim; i++) dot += grid.data[chosen + i]! * grid.data[patch * dim + i]!
    return dot / scale
  })
  return tensor('float32', cosines, [rows, columns])
}
