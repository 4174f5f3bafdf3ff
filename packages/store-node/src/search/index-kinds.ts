import type { SearchIndexKind } from '@dinokit/store'
import { Index, type VectorQuery } from '@lancedb/lancedb'

/** Kinds of indexes that hold rows. */
export type IndexedKind = Exclude<SearchIndexKind, 'flat'>

/** Way to make an index and to search by it. */
interface IndexKind {
  /** Name that LanceDB has for it. */
  readonly type: string
  make(rows: number, dim: number): Index
  /** Sets what a query looks at: so many parts of an index of many parts, which holds so many bits of a number. */
  search(query: VectorQuery, probes: number, bits: number): VectorQuery
}

/** Length of the training of parts: rows of the sample for each part, and rounds. */
const TRAINING = { distanceType: 'cosine', sampleRate: 64, maxIterations: 20 } as const
/** Rows that are compared by their whole vectors, for each that is wanted. */
const REFINED = 8
/** Bits of a number, of vectors that have so many numbers in all: an index of more would not fit its cache. */
const BITS = 4
const MOST_NUMBERS = 2 ** 29
/** Rows of an index of four bits that are compared by their whole vectors, for each that is wanted. */
const REFINED_OF_BITS = 3
/** Rows of one graph, and rows that a search keeps in mind on its way along it. */
const GRAPH_ROWS = 100_000
const GRAPH_WIDTH = 150
const GRAPH = { distanceType: 'cosine', efConstruction: 150 } as const

/** Number of parts: as many as each has rows. */
const parts = (rows: number): number => Math.max(1, Math.round(Math.sqrt(rows)))
const bitsFor = (rows: number, dim: number): number => (rows * dim <= MOST_NUMBERS ? BITS : 1)
const graphs = (rows: number): number => Math.ceil(rows / GRAPH_ROWS)
const byGraph = (query: VectorQuery): VectorQuery => query.nprobes(GRAPH_ROWS).ef(GRAPH_WIDTH).refineFactor(REFINED)

/** Indexes by kind, as LanceDB makes and searches them. */
export const INDEX_KINDS: Readonly<Record<IndexedKind, IndexKind>> = {
  'ivf-flat': {
    type: 'IvfFlat',
    make: (rows) => Index.ivfFlat({ ...TRAINING, numPartitions: parts(rows) }),
    search: (query, probes) => query.nprobes(probes),
  },
  'ivf-pq': {
    type: 'IvfPq',
    make: (rows) => Index.ivfPq({ ...TRAINING, numPartitions: parts(rows) }),
    search: (query, probes) => query.nprobes(probes).refineFactor(REFINED),
  },
  // Turned residuals in one bit (RaBitQ, arXiv 2405.12497) or in four (arXiv 2409.09913). An earlier release made all of one.
  'ivf-rq': {
    type: 'IvfRq',
    make: (rows, dim) => Index.ivfRq({ ...TRAINING, numPartitions: parts(rows), numBits: bitsFor(rows, dim) }),
    search: (query, probes, bits) => query.nprobes(probes).refineFactor(bits < BITS ? REFINED : REFINED_OF_BITS),
  },
  'hnsw-sq': { type: 'IvfHnswSq', make: (rows) => Index.hnswSq({ ...GRAPH, numPartitions: graphs(rows) }), search: byGraph },
  'hnsw-pq': { type: 'IvfHnswPq', make: (rows) => Index.hnswPq({ ...GRAPH, numPartitions: graphs(rows) }), search: byGraph },
}
