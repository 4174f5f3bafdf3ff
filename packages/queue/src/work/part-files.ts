import { bytesSource } from '@dinokit/core'
import { createMemoryStore, exportStore, openStoreFile, type Relabeling, type StoreLayout, type StoreRow } from '@dinokit/store'
import { randomBytes } from 'node:crypto'
import type { Storage } from '../storage/storage.ts'

/** Where what workers have made waits to be merged. */
export const PARTS = 'queue/parts/'
/** Where a shard's parts are. */
export function partsOf(shard: string): string {
  return `${PARTS}${shard}/`
}

const [ROWS, LABELS] = ['.safetensors', '.json']

/** Work on some images: their rows, or new labels of rows that are in the store. */
export type Part =
  { readonly rows: readonly StoreRow[]; readonly labels?: never } | { readonly labels: readonly Relabeling[]; readonly rows?: never }

/**
 * Names parts of one attempt at a shard, in order: attempts are counted by the queue, so no clock decides which comes later.
 *
 * @param shard - the job's id
 * @param attempt - counted by the queue
 */
export function partNames(shard: string, attempt: number): (kind: 'rows' | 'labels') => string {
  let next = 0
  const own = randomBytes(4).toString('hex')
  const digits = (value: number): string => String(value).padStart(6, '0')
  return (kind) => `${partsOf(shard)}${digits(attempt)}-${digits(next++)}-${own}${kind === 'rows' ? ROWS : LABELS}`
}

/** Bytes of a part. */
export async function packPart(part: Part, layout: StoreLayout): Promise<Uint8Array> {
  if (part.labels) return new TextEncoder().encode(JSON.stringify(part.labels))
  await using store = createMemoryStore(layout)
  await store.append(part.rows)
  const pieces: Uint8Array[] = []
  for await (const piece of exportStore(store, 'safetensors')) pieces.push(piece)
  return Buffer.concat(pieces)
}

/**
 * Reads a part; undefined where it is gone: merged by now.
 *
 * @throws DinokitError `store-invalid` where it is damaged
 */
export async function readPart(storage: Storage, key: string): Promise<Part | undefined> {
  const bytes = await storage.get(key)
  if (!bytes) return undefined
  if (key.endsWith(LABELS)) return { labels: JSON.parse(new TextDecoder().decode(bytes)) as Relabeling[] }
  const file = await openStoreFile(bytesSource(`${storage.name}/${key}`, bytes))
  const rows: StoreRow[] = []
  for await (const some of file.rows()) rows.push(...some)
  return { rows }
}
