import type { Store } from '@dinokit/store'
import { mapRows, type MapMethod, type MapOptions } from '../map/map-rows.ts'
import { readRows, type CuratedRow, type StoredRows, type StoreRowOptions } from './read-rows.ts'

/** Options of {@link mapStore}. */
export interface MapStoreOptions extends StoreRowOptions, MapOptions {}

/** A row, and its place on a map. */
export interface MappedRow {
  readonly row: CuratedRow
  /** Place to the right. */
  readonly x: number
  readonly y: number
}

/** A map of a store, and how it was made. */
export interface StoreMap {
  readonly method: MapMethod
  /** Rows that have a place: all for `pca`. */
  readonly rows: readonly MappedRow[]
  /** Number of rows that were read: those beyond `rows.length` have no place. */
  readonly total: number
  /** Shares of the variance that the two directions explain; for `pca` alone. */
  readonly explained?: readonly [number, number]
}

/**
 * Places the rows of a store on a map of two dimensions ({@link mapRows}): what is alike lies together.
 *
 * @param store - stays the caller's; nothing is changed
 * @param options - method, neighbors, seed, which rows, progress, cancellation
 * @returns no rows of a store without rows
 * @throws DinokitError `invalid-option`, `tensor-invalid` with the id, `aborted`, `disposed`
 */
export async function mapStore(store: Store, options: MapStoreOptions = {}): Promise<StoreMap> {
  return mapOf(await readRows(store, options), options)
}

/**
 * Places rows that were read: {@link mapStore} without its reading, where they are used for more than that.
 *
 * @param stored - by {@link readRows}
 * @param options - method, neighbors, seed, progress, cancellation
 * @throws DinokitError `invalid-option`, `aborted`
 */
export async function mapOf({ rows, vectors }: StoredRows, options: MapOptions = {}): Promise<StoreMap> {
  const found = await mapRows(vectors, rows.length === 0 ? { ...options, method: 'pca' } : options)
  const { method, places, explained } = found
  return {
    method,
    total: rows.length,
    rows: Array.from(found.rows, (row, place) => ({ row: rows[row]!, x: places[2 * place]!, y: places[2 * place + 1]! })),
    ...(explained && { explained }),
  }
}
