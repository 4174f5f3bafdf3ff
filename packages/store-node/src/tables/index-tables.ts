import { Index, type Table } from '@lancedb/lancedb'

/** Below so many rows an index would not be faster. */
const LEAST_INDEXED = 4096

/** Makes or renews the indexes of a store's images: of ids, and of the vectors that are searched, for approximate search. */
export async function indexTables(images: Table, near: string): Promise<void> {
  await images.createIndex('id', { config: Index.btree() })
  const rows = await images.countRows()
  if (rows >= LEAST_INDEXED) await images.createIndex(near, { config: ivf(rows) })
}

/** Whole vectors in as many parts as each has rows, so that the answer's numbers are exact. */
function ivf(rows: number): Index {
  return Index.ivfFlat({ distanceType: 'cosine', numPartitions: Math.round(Math.sqrt(rows)), sampleRate: 64, maxIterations: 20 })
}
