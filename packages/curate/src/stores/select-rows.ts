import type { Store } from '@dinokit/store'
import { assertCount } from '../lib/assert-count.ts'
import { farthestRows } from '../vectors/farthest-rows.ts'
import { neighborDistances } from '../vectors/neighbor-distances.ts'
import { selectSpread } from '../vectors/select-spread.ts'
import { readRows, type CuratedRow, type StoreRowOptions } from './read-rows.ts'

/** Options of {@link findOutliers}. */
export interface OutlierOptions extends StoreRowOptions {
  /** Neighbors of a row: its distance to the last of them counts. Default 5. */
  readonly nearest?: number
  /** Number of rows to find, exactly. Default: all, which compares all with all; a few take far less time. */
  readonly top?: number
}

/** A row, and how far it is from its neighbors. */
export interface OutlierRow {
  readonly row: CuratedRow
  /** 1 - cosine to the last of its nearest neighbors. */
  readonly distance: number
}

/**
 * Ranks the rows of a store by how far they are from their neighbors, the farthest first: those that are like no others, such as broken
 * images and images of something else.
 *
 * @param store - stays the caller's; nothing is changed
 * @param options - neighbors, which rows, progress, cancellation
 * @returns all rows, or the first so many; none where there are fewer than two
 * @throws DinokitError `invalid-option`, `tensor-invalid` with the id, `aborted`, `disposed`
 */
export async function findOutliers(store: Store, options: OutlierOptions = {}): Promise<OutlierRow[]> {
  const { nearest = 5, top, ...rest } = options
  assertCount('number of neighbors', nearest)
  if (top !== undefined) assertCount('number of rows', top)
  const { rows, vectors } = await readRows(store, rest)
  if (rows.length < 2) return []
  if (top !== undefined)
    return (await farthestRows(vectors, { nearest, top }, rest)).map(({ row, distance }) => ({ row: rows[row]!, distance }))
  const distances = await neighborDistances(vectors, nearest, rest)
  const found = rows.map((row, index) => ({ row, distance: distances[index]! }))
  return found.sort((a, b) => b.distance - a.distance)
}

/** A row of a diverse subset. */
export interface DiverseRow {
  readonly row: CuratedRow
  /** Cosine with the most similar row that was selected before it; -1 for the first. */
  readonly similarity: number
}

/**
 * Selects rows of a store that cover it best (greedy k-center, {@link selectSpread}).
 *
 * @param store - stays the caller's; nothing is changed
 * @param count - number of rows; all where there are no more
 * @param options - which rows, progress, cancellation
 * @returns in the order of selection: the first so many are the best so many
 * @throws DinokitError `invalid-option`, `tensor-invalid` with the id, `aborted`, `disposed`
 */
export async function selectDiverse(store: Store, count: number, options: StoreRowOptions = {}): Promise<DiverseRow[]> {
  const { rows, vectors } = await readRows(store, options)
  const selected = await selectSpread(vectors, count, options)
  return selected.map(({ row, similarity }) => ({ row: rows[row]!, similarity }))
}
