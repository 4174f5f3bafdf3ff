import type { PositionRelabeling } from '@dinokit/store'
import { Index, type Table } from '@lancedb/lancedb'
import { KEY, toLabels } from './to-arrow.ts'

/**
 * Gives rows other labels in two commits, however many they are: an index of keys, and the labels. Where an index covers the
 * column that is joined on, LanceDB writes no more than the columns that change, and rows stay where they are; without one it
 * writes whole rows anew, and the index for approximate search no longer knows them.
 */
export async function relabelImages(images: Table, changes: readonly PositionRelabeling[]): Promise<void> {
  await images.createIndex(KEY, { config: Index.btree() })
  await images.mergeInsert(KEY).whenMatchedUpdateAll().execute(toLabels(changes))
}
