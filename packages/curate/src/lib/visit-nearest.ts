import { productsOf } from '@dinokit/core/vectors'
import type { CurateOptions } from './curate-options.ts'
import { insertLargest } from './insert-largest.ts'
import { createPause } from './pause.ts'
import { writeUnits, type RowVectors } from './rows-of.ts'

const BLOCK = 512

/** Nearest rows of a row, itself left out, the most similar first; of equals the one that comes first. Valid during the visit. */
export interface NearestRows {
  readonly rows: Uint32Array
  readonly cosines: Float32Array
}

/** Visits the nearest rows of each row, by comparing all with all. Takes 2,048 bytes a row beside the vectors. */
export async function visitNearest(
  rows: RowVectors,
  wanted: number,
  visit: (row: number, nearest: NearestRows) => void,
  options: CurateOptions,
): Promise<void> {
  const nearest = { rows: new Uint32Array(wanted), cosines: new Float32Array(wanted) }
  const best = nearest.cosines
  await visitCosines(
    rows,
    (row, cosines) => {
      best.fill(-Infinity)
      for (let other = 0; other < cosines.length; other++) {
        const cosine = cosines[other]!
        if (!(cosine > best[wanted - 1]!) || other === row) continue
        const at = insertLargest(best, cosine)
        nearest.rows.copyWithin(at + 1, at, wanted - 1)
        nearest.rows[at] = other
      }
      visit(row, nearest)
    },
    options,
  )
}

/** Visits the cosines of each row with all rows, its own among them. */
async function visitCosines(
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
