import type { Table } from '@lancedb/lancedb'
import { isIn } from './filter-sql.ts'
import { KEY } from './to-arrow.ts'

/** Keys of one commit: LanceDB takes a gigabyte for conditions with 50,000 of them. */
const KEYS = 16_384

/** Removes the rows of keys, so many in a commit. */
export async function deleteKeys(table: Table, keys: readonly number[]): Promise<void> {
  for (let start = 0; start < keys.length; start += KEYS) await table.delete(isIn(KEY, keys.slice(start, start + KEYS)))
}
