import type { Tensor } from '@dinokit/core'
import { productsOf } from '@dinokit/core/vectors'
import type { CurateOptions } from '../lib/curate-options.ts'
import { createPause } from '../lib/pause.ts'
import { rowsOf, writeUnits, type RowVectors } from '../lib/rows-of.ts'

const BLOCK = 512

/** Visits the cosines of each row with all rows, its own among them. */
async function visitAll(
  rows: RowVectors,
  visit: (row: number, cosines: Float32Array) => void,
  { onProgress, signal }: CurateOptions,
): Promise<void> {
  const pause = createPause(signal)
  const { count, dim } = rows
  for (let start = 0; start < count; start += BLOCK) {
    const some = Array.from({ length: Math.min(BLOCK, count - start) }, (_, i) => start + i)
    const units = new Float32Array(some.length * dim)
    writeUnits(rows, some, units)
    const cosines = new Float32Array(some.length * count)
    for (let first = 0; first < count; first += BLOCK) {
      const others = Array.from({ length: Math.min(BLOCK, count - first) }, (_, i) => first + i)
      const block = new Float32Array(others.length * dim)
      writeUnits(rows, others, block)
      const products = productsOf(units, block, dim)
      for (let i = 0; i < some.length; i++) cosines.set(products.subarray(i * others.length, (i + 1) * others.length), i * count + first)
      await pause()
    }
    for (let i = 0; i < some.length; i++) visit(start + i, cosines.subarray(i * count, (i + 1) * count))
    onProgress?.({ name: 'rows', unit: 'rows', done: start + some.length, total: count })
  }
}

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
  const best = new Float32Array(wanted)
  await visitAll(
    rows,
    (row, cosines) => {
      best.fill(-Infinity)
      for (let other = 0; other < cosines.length; other++) {
        const cosine = cosines[other]!
        if (!(cosine > best[wanted - 1]!) || other === row) continue
        let at = wanted - 1
        for (; at > 0 && best[at - 1]! < cosine; at--) best[at] = best[at - 1]!
        best[at] = cosine
      }
      distances[row] = Math.max(0, 1 - best[wanted - 1]!)
    },
    options,
  )
  return distances
}
