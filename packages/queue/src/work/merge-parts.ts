import { bytesPerRow, type Store, type StoreRow } from '@dinokit/store'
import { labelsOf } from '../plan/queue-image.ts'
import type { Storage } from '../storage/storage.ts'
import { PARTS, readPart } from './part-files.ts'

/** Options of {@link mergeParts}. */
export interface MergeOptions {
  /** Called before each commit; throws where the work is another's by now. */
  readonly assertMine: () => Promise<void>
  /** Called after each commit, before what was merged is removed. */
  readonly afterCommit: () => Promise<void>
  readonly signal?: AbortSignal
}

/** Most bytes of rows of a commit, unless one part has more. */
const COMMIT_BYTES = 64_000_000
const LABELS = ['label', 'annotation', 'split', 'source'] as const

/** Tells that rows came since the store was last packed. */
export const UNPACKED = 'queue/unpacked'

/**
 * Puts what workers have made into the store's tables: one commit for many parts, so that readers see whole commits only. A row
 * that is there with the same content is not written again, whoever died in between; each part is removed once its rows are
 * safe.
 *
 * @param store - open for writing; stays the caller's
 * @param storage - of the store
 * @returns rows that were added or replaced
 */
export async function mergeParts(store: Store, storage: Storage, { assertMine, afterCommit, signal }: MergeOptions): Promise<number> {
  const most = Math.max(1, Math.floor(COMMIT_BYTES / bytesPerRow(store.layout)))
  let waiting = new Map<string, StoreRow>()
  let merged: string[] = []
  let written = 0
  const commit = async (): Promise<void> => {
    const rows = await missing(store, [...waiting.values()])
    if (rows.length > 0) {
      await assertMine()
      await storage.put(UNPACKED, new Uint8Array())
      await store.append(rows)
      await afterCommit()
    }
    await storage.remove(merged)
    written += rows.length
    waiting = new Map()
    merged = []
  }
  for (const key of await storage.list(PARTS)) {
    if (signal?.aborted) break
    const part = await readPart(storage, key)
    if (!part) continue
    if (part.labels) {
      await commit()
      const { rows } = await store.get(
        part.labels.map(({ id }) => id),
        { fields: ['id'], tensors: [] },
      )
      const there = new Set(rows.map(({ id }) => id))
      await assertMine()
      await store.relabel(part.labels.filter(({ id }) => there.has(id)))
      await afterCommit()
      await storage.remove([key])
      continue
    }
    for (const row of part.rows) waiting.set(row.id, row)
    merged.push(key)
    if (waiting.size >= most) await commit()
  }
  await commit()
  return written
}

/** Rows that the store lacks, or has with another content or with other labels; those that a row does not say stay. */
async function missing(store: Store, rows: readonly StoreRow[]): Promise<StoreRow[]> {
  const found = await store.get(
    rows.map(({ id }) => id),
    { fields: ['id', 'hash', ...LABELS], tensors: [] },
  )
  const there = new Map(found.rows.map((row) => [row.id, row]))
  return rows.flatMap((row) => {
    const old = there.get(row.id)
    if (!old) return [row]
    const same = old.hash === row.hash && LABELS.every((field) => row[field] === undefined || row[field] === old[field])
    return same ? [] : [{ ...labelsOf(old), ...row }]
  })
}
