import type { Table } from '@lancedb/lancedb'
import { isIn } from './filter-sql.ts'
import { createIdFilter } from './id-filter.ts'
import { KEY } from './to-arrow.ts'

/** Ids of one question to the table. */
export const IDS = 1000
/** Keys of one millisecond: so they are below 2 ** 53 for two centuries. */
const KEYS_PER_MS = 1024

/** Rows that are there, as a writer knows them, in a form that does not grow with them. */
export interface KnownRows {
  /** The number of ids that are there; asking the table for each would take longer and longer. */
  count(ids: readonly string[]): Promise<number>
  add(ids: readonly string[]): void
  /** Keys for new rows, larger than all before; they tell the time, so that writers after each other don't meet. */
  takeKeys(count: number): number[]
}

/** Reads what a writer needs to know of a table. */
export async function readKnownRows(images: Table): Promise<KnownRows> {
  const filter = createIdFilter()
  let last = 0
  for await (const batch of images.query().select(['id', KEY])) {
    for (const id of batch.getChild('id') ?? []) filter.add(id as string)
    for (const key of (batch.getChild(KEY)?.toArray() ?? []) as BigInt64Array) last = Math.max(last, Number(key))
  }
  return {
    async count(ids) {
      const suspects = ids.filter((id) => filter.mayHave(id))
      let known = 0
      for (let start = 0; start < suspects.length; start += IDS)
        known += await images.countRows(isIn('id', suspects.slice(start, start + IDS)))
      return known
    },
    add(ids) {
      for (const id of ids) filter.add(id)
    },
    takeKeys(count) {
      const first = Math.max(last + 1, Date.now() * KEYS_PER_MS)
      last = first + count - 1
      return Array.from({ length: count }, (_, index) => first + index)
    },
  }
}
