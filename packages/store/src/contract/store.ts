import type { Placement, Tensor } from '@dinokit/core'
import type { OptimizeOptions, SearchIndex } from './search-index.ts'
import type { StoreLayout } from './store-layout.ts'

/** Description of an image beside its numbers. */
export interface RowInfo {
  /** Names the row: a second row of the same id replaces the first. */
  readonly id: string
  /** Where the image is: a path or an address. */
  readonly source: string
  /** sha256 of the image’s file, lower-case hexadecimal: tells whether it has changed. */
  readonly hash: string
  /** Its class, by name. */
  readonly label?: string
  /** Where its annotation is: a label map or a depth image. */
  readonly annotation?: string
  /** The part of the data it belongs to, such as `train`. */
  readonly split?: string
  /** Where the model’s input lies in the image. */
  readonly placement: Placement
}

/** Labels of an image by its user: all of {@link RowInfo} but what was found by looking at it. */
export type RowLabels = Omit<RowInfo, 'hash' | 'placement'>

/** A row that is to be known by other labels. */
export interface Relabeling {
  /** The id of the row. */
  readonly id: string
  /** Labels from now on, its id included; what is left out is forgotten. */
  readonly to: RowLabels
}

/** A part of {@link RowInfo}. */
export type RowField = keyof RowInfo

/** Every part of {@link RowInfo}. */
export const ROW_FIELDS = ['id', 'source', 'hash', 'label', 'annotation', 'split', 'placement'] as const satisfies RowField[]

/** An image’s row: what is known of it, and every tensor that the store’s layout names. */
export interface StoreRow extends RowInfo {
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** Rows in columns. `tensors.cls` is [length][dim], `tensors.patches` [length][rows][columns][dim]; they are the caller’s own. */
export interface StoreBatch<Field extends RowField = RowField, Numbers = Tensor> {
  readonly length: number
  readonly rows: readonly Pick<RowInfo, Field>[]
  readonly tensors: Readonly<Record<string, Numbers>>
}

/** Filter of rows; all of them where nothing is said. */
export interface RowFilter {
  /** Those of this split. */
  readonly split?: string
  /** Those of this label, or of one of these. */
  readonly label?: string | readonly string[]
  /** Those of an image file with this sha256, or with one of these. */
  readonly hash?: string | readonly string[]
}

/** Parts of rows to read. What is not read costs nothing. */
export interface ReadOptions<Field extends RowField = RowField> {
  /** Default: all. */
  readonly fields?: readonly Field[]
  /** Names of tensors. Default: all that the store holds. */
  readonly tensors?: readonly string[]
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** Options of {@link Store.iterate}. */
export interface IterateOptions<Field extends RowField = RowField> extends ReadOptions<Field>, RowFilter {
  /** Rows of one batch; the last may be shorter. Default 256. */
  readonly batch?: number
  /** Shuffles all the rows: the same seed gives the same order of the same store. Default: in the order in which they came. */
  readonly seed?: number
}

/** Options of {@link Store.search}. */
export interface SearchOptions<Field extends RowField = RowField> extends RowFilter {
  /** Number of neighbors. Default 10. */
  readonly top?: number
  /** Parts of what is known of a neighbor; `similarity` is always there. Default: all. Fewer are faster to read: `['id']` tells which rows. */
  readonly fields?: readonly Field[]
  /**
   * Weight of being unlike each other, from 0 (default: the nearest) to 1. One after the other, the row is taken whose
   * (1 - diversity) * cosine with the query - diversity * largest cosine with a row taken before is largest (maximal marginal
   * relevance). Neighbors come in that order, the nearest first.
   */
  readonly diversity?: number
  /** Number of nearest rows that diverse ones are taken from. Default: ten times `top`. */
  readonly candidates?: number
  /**
   * Look only where neighbors are likely (IVF), where {@link Store.optimize} has made an index. Default false: exact.
   * Stores without such an index answer exactly.
   */
  readonly approximate?: boolean
  /** Cancels before the search starts. */
  readonly signal?: AbortSignal
}

/** A row near to what was searched for: the fields that were asked for, and its similarity. */
export type Neighbor<Field extends RowField = RowField> = Pick<RowInfo, Field> & {
  /** Cosine of the class tokens: 1 is alike, 0 is unrelated. */
  readonly similarity: number
}

/**
 * Embeddings that are kept. Whoever opened it closes it; closing twice is safe. A store is open for reading (of what
 * was there when it was opened) or for writing, by one at a time.
 */
export interface Store {
  readonly contract: 1
  /** Name for people: a path. */
  readonly name: string
  /** The model, the tensors and the element type. */
  readonly layout: StoreLayout
  /**
   * Adds rows, and replaces those whose id is there already. All of them are kept, or none: whatever happens to the process,
   * what an earlier call has kept stays.
   *
   * @throws DinokitError `tensor-missing` and `tensor-invalid` (another shape, NaN, too large for float16) with the row’s id,
   *   `invalid-option` for an id given twice or a store that is open for reading, `disk-full`, `file-unwritable`, `disposed`
   */
  append(rows: readonly StoreRow[]): Promise<void>
  /**
   * Gives rows other labels, splits, sources and ids, in one go for any number; their tokens stay as they are, and are neither
   * read nor written. All of them are changed, or none.
   *
   * @throws DinokitError `invalid-option` for a row that is not there, an id that two rows would have, or a store that is open
   *   for reading, `disk-full`, `file-unwritable`, `disposed`
   */
  relabel(changes: readonly Relabeling[]): Promise<void>
  /**
   * Removes rows; ids that are not there are passed over. Of up to 16,384 rows all are removed, or none; more are removed in
   * steps of so many.
   *
   * @returns the number of rows that left
   * @throws DinokitError `invalid-option` for a store that is open for reading, `disk-full`, `file-unwritable`, `disposed`
   */
  remove(ids: readonly string[]): Promise<number>
  /**
   * Lets a store that is open for reading see what was written since it was opened, or last refreshed. Iterations under way
   * go on; they end with `store-invalid` if a row that they have not reached yet was replaced or removed.
   *
   * @throws DinokitError `store-invalid`, `disposed`
   */
  refresh(): Promise<void>
  /**
   * Rows by id, in the order asked for; those that are not there are left out.
   *
   * @throws DinokitError `invalid-option` for a field that rows don’t have, `store-invalid`, `disposed`
   */
  get<Field extends RowField = RowField>(ids: readonly string[], options?: ReadOptions<Field>): Promise<StoreBatch<Field>>
  /**
   * {@link Store.get}, with tensors in the layout’s element type: where that is float16 they take half the memory, and nothing
   * is converted.
   *
   * @throws DinokitError `invalid-option` for a field that rows don’t have, `store-invalid`, `disposed`
   */
  getStored<Field extends RowField>(
    ids: readonly string[],
    options?: ReadOptions<Field>,
  ): Promise<StoreBatch<Field, Tensor | Tensor<'float16'>>>
  /**
   * All rows, or those of a split, label or hash, in batches. Holds one batch (or 16 MB, where that is more) and some 40 bytes
   * a row.
   *
   * @throws DinokitError `invalid-option`, `store-invalid`, `aborted`, `disposed`
   */
  iterate<Field extends RowField = RowField>(options?: IterateOptions<Field>): AsyncGenerator<StoreBatch<Field>, void, undefined>
  /**
   * The rows nearest by the cosine of what stands for an image: `embedding` where the store keeps one, else the class token. Nearest first.
   *
   * @param query - such as `tokens.embedding`, or what {@link queryFrom} makes of several
   * @throws DinokitError `tensor-invalid`, `invalid-option`, `disposed`, `aborted`
   */
  search<Field extends RowField = RowField>(query: Tensor, options?: SearchOptions<Field>): Promise<Neighbor<Field>[]>
  /**
   * Searches for many queries in one call, as {@link Store.search} does for each.
   *
   * @param queries - each as for `search`
   * @returns neighbors of each query, in its order
   * @throws DinokitError `tensor-invalid`, `invalid-option`, `disposed`, `aborted`
   */
  searchMany<Field extends RowField = RowField>(queries: readonly Tensor[], options?: SearchOptions<Field>): Promise<Neighbor<Field>[][]>
  /** The number of rows. */
  count(filter?: RowFilter): Promise<number>
  /**
   * Packs what was written in pieces, and makes or renews the index for approximate search, where the back end has one. In
   * Node, the room of rows that were replaced or removed is given back a day later.
   *
   * @returns the index, and what share of the nearest rows it finds
   * @throws DinokitError `invalid-option` for a store that is open for reading, and for an index that the back end does not have or that
   *   needs more rows, `disk-full`
   */
  optimize(options?: OptimizeOptions): Promise<SearchIndex>
  /**
   * The index that approximate search of these rows goes by; `flat` where it is exact.
   *
   * @throws DinokitError `store-invalid`, `disposed`
   */
  searchIndex(filter?: RowFilter): Promise<SearchIndex>
  /** Ends it, after the work under way, and lets others write. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
