import type { SearchIndexKind } from '@dinokit/store'
import { Index, type VectorQuery } from '@lancedb/lancedb'

/** Kinds of indexes that hold rows. */
export type IndexedKind = Exclude<SearchIndexKind, 'flat'>

/** Way to make an index and to search by it. */
interface IndexKind {
  /** Name that LanceDB has for it. */
  readonly type: string
  make(rows: number): Index
  /** Sets what a query looks at: so many parts of an index of many parts. */
  search(query: VectorQuery, probes: number): VectorQuery
}

/** Length of the training of parts: rows of the sample for each part, and rounds. */
const TRAINING = { distanceType: 'cosine', sampleRate: 64, maxIterations: 20 } as const
/** Rows that are compared by their whole vectors, for each that is wanted. */
const REFINED = 8
/** Rows of one graph, and rows that a search keeps in mind on its way along it. */
const GRAPH_ROWS = 100_000
const GRAPH_WIDTH = 150
const GRAPH = { distanceType: 'cosine', efConstruction: 150 } as const

/** Number of parts: as many as each has rows. */
const parts = (rows: number): number => Math.max(1, Math.round(Math.sqrt(rows)))
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
  // Signs of turned residuals (RaBitQ, arXiv 2405.12497).
  'ivf-rq': {
    type: 'IvfRq',
    make: (rows) => Index.ivfRq({ ...TRAINING, numPartitions: parts(rows) }),
    search: (query, probes) => query.nprobes(probes).refineFactor(REFINED),
  },
  'hnsw-sq': { type: 'IvfHnswSq', make: (rows) => Index.hnswSq({ ...GRAPH, numPartitions: graphs(rows) }), search: byGraph },
  'hnsw-pq': { type: 'IvfHnswPq', make: (rows) => Index.hnswPq({ ...GRAPH, numPartitions: graphs(rows) }), search: byGraph },
}
