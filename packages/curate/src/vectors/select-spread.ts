import type { Tensor } from '@dinokit/core'
import { createVectorTable } from '@dinokit/core/vectors'
import { assertCount } from '../lib/assert-count.ts'
import type { CurateOptions } from '../lib/curate-options.ts'
import { createPause } from '../lib/pause.ts'
import { rowsOf, writeUnits } from '../lib/rows-of.ts'

/** A row of a spread selection. */
export interface SpreadRow {
  readonly row: number
  /** Cosine with the most similar row that was selected before it; -1 for the first. */
  readonly similarity: number
}

/**
 * Selects rows that cover a set best: each is the one that is least similar to those selected before it (greedy k-center, arXiv
 * 1708.00489), the first row first; of equals the one that comes first.
 *
 * @param vectors - [rows][dim]; their lengths do not matter
 * @param count - number of rows to select; all where there are no more
 * @param options - progress, cancellation
 * @returns in the order of selection
 * @throws DinokitError `invalid-option`, `tensor-invalid`, `aborted`
 */
export async function selectSpread(vectors: Tensor, count: number, { onProgress, signal }: CurateOptions = {}): Promise<SpreadRow[]> {
  assertCount('number of rows to select', count)
  const rows = rowsOf(vectors)
  const pause = createPause(signal)
  const wanted = Math.min(count, rows.count)
  if (wanted === 0) return []
  const all = Array.from({ length: rows.count }, (_, row) => row)
  const table = createVectorTable(rows.dim, rows.count, (to) => writeUnits(rows, all, to))
  const nearest = new Float32Array(rows.count).fill(-1)
  const taken = new Uint8Array(rows.count)
  const selected: SpreadRow[] = [{ row: 0, similarity: -1 }]
  const unit = new Float32Array(rows.dim)
  let last = 0
  while (selected.length < wanted) {
    taken[last] = 1
    writeUnits(rows, [last], unit)
    const products = table.products(unit)
    let best = -1
    for (let row = 0; row < rows.count; row++) {
      if (products[row]! > nearest[row]!) nearest[row] = products[row]!
      if (!taken[row] && (best < 0 || nearest[row]! < nearest[best]!)) best = row
    }
    last = best
    selected.push({ row: best, similarity: nearest[best]! })
    onProgress?.({ name: 'rows', unit: 'rows', done: selected.length, total: wanted })
    await pause()
  }
  return selected
}
