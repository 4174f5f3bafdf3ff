import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import { lengthAt } from './lib/length-at.ts'

/** A patch by its place in the grid, counted from 0 at the top left. */
export interface PatchPosition {
  readonly row: number
  readonly column: number
}

/**
 * Computes the cosine similarity of every patch to a chosen one, or to a token of another image: the cosine of the angle between them.
 *
 * @param grid - [rows][columns][dim], such as `patches`
 * @param chosen - place of the chosen patch in the grid, or a token [dim]
 * @returns [rows][columns], -1 to 1; 1 at the chosen patch, 0 where a token is all zeros
 * @throws DinokitError `invalid-option` for a place outside the grid, `tensor-invalid` for a token of another length
 */
export function similarityMap(grid: Tensor, chosen: PatchPosition | Tensor): Tensor {
  const [rows, columns, dim] = grid.shape as [number, number, number]
  const token = 'row' in chosen ? tokenAt(grid, chosen) : chosen.data
  if (token.length !== dim) {
    throw new DinokitError('tensor-invalid', 'The token is of another model than the patches.', {
      given: `${token.length} elements`,
      expected: `${dim} elements`,
    })
  }
  const own = lengthAt(token, 0, dim)
  const cosines = Float32Array.from({ length: rows * columns }, (_, patch) => {
    const scale = own * lengthAt(grid.data, patch * dim, dim)
    if (scale === 0) return 0
    let dot = 0
    for (let i = 0; i < dim; i++) dot += token[i]! * grid.data[patch * dim + i]!
    return dot / scale
  })
  return tensor('float32', cosines, [rows, columns])
}

function tokenAt({ data, shape }: Tensor, { row, column }: PatchPosition): Float32Array {
  const [rows, columns, dim] = shape as [number, number, number]
  if (!(Number.isInteger(row) && Number.isInteger(column) && row >= 0 && row < rows && column >= 0 && column < columns)) {
    throw new DinokitError('invalid-option', `There is no patch in row ${row}, column ${column}.`, {
      given: `row ${row}, column ${column}`,
      expected: `a place in a grid of ${rows} rows and ${columns} columns, counted from 0`,
    })
  }
  const start = (row * columns + column) * dim
  return data.subarray(start, start + dim)
}
