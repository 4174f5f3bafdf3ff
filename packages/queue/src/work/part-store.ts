import type { RowInfo, Store } from '@dinokit/store'
import { labelsOf } from '../plan/queue-image.ts'
import type { Storage } from '../storage/storage.ts'
import { packPart, partNames, partsOf, readPart, type Part } from './part-files.ts'

/** Options of {@link openPartStore}. */
export interface PartStoreOptions {
  /** Id of the shard's job. */
  readonly shard: string
  /** Number of this try, counted by the queue. */
  readonly attempt: number
  /** Called before something is written; throws where the job is another worker's by now. */
  readonly assertMine: () => Promise<void>
}

/**
 * A store as the worker of a shard sees it: what is published, and what this shard's earlier attempts have made. What is added
 * goes into files of its own, each whole or not there at all, which wait to be merged.
 *
 * @param published - open for reading; stays the caller's
 * @param storage - of the store; stays the caller's
 */
export async function openPartStore(published: Store, storage: Storage, { shard, attempt, assertMine }: PartStoreOptions): Promise<Store> {
  const known = new Map<string, Omit<RowInfo, 'placement'>>()
  const note = ({ rows = [], labels = [] }: Part): void => {
    for (const row of rows) known.set(row.id, { ...labelsOf(row), hash: row.hash })
    for (const { id, to } of labels) {
      const { hash } = known.get(id) ?? {}
      known.delete(id)
      if (hash !== undefined) known.set(to.id, { ...to, hash })
    }
  }
  for (const key of await storage.list(partsOf(shard))) note((await readPart(storage, key)) ?? { rows: [] })
  const nameOf = partNames(shard, attempt)
  const write = async (part: Part): Promise<void> => {
    const bytes = await packPart(part, published.layout)
    await assertMine()
    await storage.put(nameOf(part.rows ? 'rows' : 'labels'), bytes)
    note(part)
  }
  return {
    ...published,
    async get(ids, options) {
      const own = ids.flatMap((id) => known.get(id) ?? [])
      const batch = await published.get(
        ids.filter((id) => !known.has(id)),
        options,
      )
      const rows = [...batch.rows, ...(own as unknown as typeof batch.rows)]
      return { ...batch, rows, length: rows.length }
    },
    append: async (rows) => (rows.length > 0 ? write({ rows }) : undefined),
    relabel: async (labels) => (labels.length > 0 ? write({ labels }) : undefined),
  }
}
