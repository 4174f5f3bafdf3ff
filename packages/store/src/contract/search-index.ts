/**
 * Kinds of indexes for approximate search, as LanceDB has them. `flat` is none: search is exact. All others look into some of many parts
 * (IVF): at whole vectors (`ivf-flat`), at eight bits for each sixteen numbers (`ivf-pq`), at four bits a number, or one of very many vectors
 * (`ivf-rq`), or along graphs (`hnsw-sq`, `hnsw-pq`).
 */
export const SEARCH_INDEX_KINDS = ['flat', 'ivf-flat', 'ivf-pq', 'ivf-rq', 'hnsw-sq', 'hnsw-pq'] as const

/** One of {@link SEARCH_INDEX_KINDS}. */
export type SearchIndexKind = (typeof SEARCH_INDEX_KINDS)[number]

/** Index that approximate search goes by. */
export interface SearchIndex {
  /** `flat` where search is exact. */
  readonly kind: SearchIndexKind
  /** Number of rows that it holds; those that came later are compared one by one. 0 where search is exact. */
  readonly rows: number
  /**
   * Share of the ten nearest rows that approximate search finds (recall@10), measured on some of the rows when the index was made, each
   * looked for among all others. Not there where it was not measured; 1 where search is exact.
   */
  readonly recall?: number
}

/** Search that is exact. */
export const EXACT_SEARCH: SearchIndex = Object.freeze({ kind: 'flat', rows: 0, recall: 1 })

/** Options of {@link Store.optimize}. */
export interface OptimizeOptions {
  /** Kind of the index. Default: by the number of rows. Stores without indexes take `flat` alone. */
  readonly index?: SearchIndexKind
}
