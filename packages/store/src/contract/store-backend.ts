import type { Tensor } from '@dinokit/core'
import type { Neighbor, RowField, RowFilter, RowInfo, RowLabels } from './store.ts'
import type { OptimizeOptions, SearchIndex, SearchIndexKind } from './search-index.ts'
import type { StoreLayout } from './store-layout.ts'

/** Rows in columns, in the element type of the store: [rows][...shape]. */
export interface StoreColumns {
  readonly rows: readonly RowInfo[]
  readonly tensors: Readonly<Record<string, Tensor | Tensor<'float16'>>>
}

/** {@link StoreColumns} of which only some fields were read. */
export interface ReadColumns {
  readonly rows: readonly Partial<RowInfo>[]
  readonly tensors: StoreColumns['tensors']
}

/** A row near to a query, of which only some fields were read. */
export type ReadNeighbor = Partial<RowInfo> & Pick<Neighbor, 'similarity'> & { readonly vector?: Float32Array }

/** A row that is to be known by other labels. */
export interface PositionRelabeling {
  readonly position: number
  /** The id that it has. */
  readonly from: string
  readonly to: RowLabels
}

/** Options of {@link StoreBackend.nearest}. */
export interface NearestOptions extends RowFilter {
  readonly top: number
  /** Fields that are told of a row, each once. */
  readonly fields: readonly RowField[]
  /** Whether `vector` of a row is told, [dim] of the {@link searchedTensor}. */
  readonly vectors: boolean
  readonly approximate: boolean
}

/**
 * Duties of a back end; {@link createStore} makes a store of it, with all that stores have in common. Rows are known by
 * position: a number that the back end chooses, that stays with the row's tokens while the store is open and grows with the
 * order of coming.
 */
export interface StoreBackend {
  readonly name: string
  readonly layout: StoreLayout
  /** Whether rows may be written. */
  readonly writable: boolean
  /** Kinds of indexes that it can make; `flat` is among them. */
  readonly indexes: readonly SearchIndexKind[]
  count(filter: RowFilter): Promise<number>
  /** Positions of the rows that match, ascending. */
  positions(filter: RowFilter): Promise<Float64Array>
  /** Positions by id, of those that are there. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Reads rows in the order of their positions given. Nothing of it is kept. */
  read(positions: readonly number[], fields: readonly RowField[], tensors: readonly string[]): Promise<ReadColumns>
  /** Keeps rows of different ids, all of them or none; replaces those whose id is there. */
  write(columns: StoreColumns): Promise<void>
  /** Changes the labels of different rows that are there, all of them or none; no two rows have one id afterwards. */
  relabel(changes: readonly PositionRelabeling[]): Promise<void>
  /** Removes rows that are there, all of them or none. */
  remove(positions: readonly number[]): Promise<void>
  /** Sees what another writer has written meanwhile. */
  refresh(): Promise<void>
  /** Nearest rows to each of some queries by the cosine of the {@link searchedTensor}, nearest first. */
  nearest(queries: readonly Float32Array[], options: NearestOptions): Promise<ReadNeighbor[][]>
  /** Packs what was written, and makes the index, of a kind that {@link StoreBackend.indexes} names or of its own choice. */
  optimize(options: OptimizeOptions): Promise<SearchIndex>
  /** The index that an approximate search of these rows goes by. */
  searchIndex(filter: RowFilter): Promise<SearchIndex>
  /** Called once, after the last call has ended. */
  close(): Promise<void>
}
