import type { Tensor } from '@dinokit/core'
import type { CurateOptions } from '../lib/curate-options.ts'
import { rowsOf } from '../lib/rows-of.ts'
import { visitNearest } from '../lib/visit-nearest.ts'

/**
 * Computes how far each row is from its neighbors: 1 - cosine to the last of the nearest, itself left out. Compares all with all: time
 * grows with the square of the rows, and takes 2,048 bytes a row beside the vectors.
 *
 * @param vectors - [rows][dim]; their lengths do not matter
 * @param nearest - number of neighbors; all others where there are fewer
 * @param options - progress, cancellation
 * @returns a distance a row, from 0 to 2; 0 where there is one row alone
 * @throws DinokitError `tensor-invalid`, `aborted`
 */
export async function neighborDistances(vectors: Tensor, nearest: number, options: CurateOptions = {}): Promise<Float64Array> {
  const rows = rowsOf(vectors)
  const distances = new Float64Array(rows.count)
  const wanted = Math.min(nearest, rows.count - 1)
  if (wanted < 1) return distances
  await visitNearest(rows, wanted, (row, { cosines }) => void (distances[row] = Math.max(0, 1 - cosines[wanted - 1]!)), options)
  return distances
}
