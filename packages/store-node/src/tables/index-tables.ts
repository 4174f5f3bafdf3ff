import { Index, type Table } from '@lancedb/lancedb'

/** Below so many rows an index would not be faster. */
const LEAST_INDEXED = 4096
/** From so many rows on, vectors are kept in the index as one bit a number: whole ones would not fit its cache. */
const LEAST_QUANTIZED = 50_000

/** Makes or renews the indexes of a store's images: of ids, and of the vectors that are searched, for approximate search. */
export async function indexTables(images: Table, near: string): Promise<void> {
  await images.createIndex('id', { config: Index.btree() })
  const rows = await images.countRows()
  if (rows >= LEAST_INDEXED) await images.createIndex(near, { config: rows < LEAST_QUANTIZED ? ivfFlat(rows) : ivfRq(rows) })
}

/** Whole vectors in as many parts as each has rows. */
function ivfFlat(rows: number): Index {
  return Index.ivfFlat({ distanceType: 'cosine', numPartitions: Math.round(Math.sqrt(rows)), sampleRate: 64, maxIterations: 20 })
}

/** Signs of turned residuals (RaBitQ, arXiv 2405.12497); the nearest by them are compared by their whole vectors when they are searched. */
function ivfRq(rows: number): Index {
  return Index.ivfRq({ distanceType: 'cosine', numPartitions: Math.round(Math.sqrt(rows)), sampleRate: 64, maxIterations: 20 })
}
