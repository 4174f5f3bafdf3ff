import { DinokitError } from '@dinokit/core'
import { assertSameLayout, createStore, parseLayout, type Store, type StoreLayout } from '@dinokit/store'
import { connect, Session, type Connection, type Table } from '@lancedb/lancedb'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { schemaOf } from './lib/arrow-rows.ts'
import { createLanceBackend } from './lib/lance-backend.ts'
import { lanceError } from './lib/lance-error.ts'
import { lockForWriting } from './lib/writer-lock.ts'

/** Options of {@link openLanceStore}. */
export interface LanceStoreOptions {
  /** What the store must hold; where there is none, it is made. Without it, the store must be there. */
  readonly layout?: StoreLayout
  /** Readers see what was there when they opened it; one at a time writes. Default: `write` with a layout, `read` without. */
  readonly access?: 'read' | 'write'
  /** Keys, region and the like of object storage, as LanceDB names them (`aws_access_key_id`). */
  readonly storageOptions?: Readonly<Record<string, string>>
}

const TABLE = 'rows'
/** Bytes that LanceDB keeps of the index for approximate search and of descriptions of files; its own limits are 6 GB and 1 GB. */
const INDEX_CACHE = 512_000_000n
const METADATA_CACHE = 64_000_000n

/**
 * Opens a store that LanceDB keeps, in a folder or on object storage.
 *
 * Writers on one machine keep out of each other's way by a lock that a dead process does not hold; on object storage there
 * is no such lock: let one process write.
 *
 * @param location - of the store: a folder, or an address such as `s3://bucket/embeddings`
 * @param options - layout, access, keys
 * @throws DinokitError `file-not-found` where there is none, `store-invalid`, `contract-mismatch` where a newer dinokit wrote
 *   it, `fingerprint-mismatch` and `invalid-option` where it holds other tokens, `store-locked`, `file-unwritable`, `disk-full`
 */
export async function openLanceStore(location: string, options: LanceStoreOptions = {}): Promise<Store> {
  const { layout: wanted, access = wanted ? 'write' : 'read', storageOptions } = options
  const remote = /^[a-z][a-z0-9+.-]+:\/\//i.test(location)
  // LanceDB takes some relative paths for names of its cloud.
  const uri = remote ? location : resolve(location)
  if (!remote && !wanted) await assertThere(location, uri)
  const unlock = access === 'write' && !remote ? await lockForWriting(uri) : async () => {}
  let connection: Connection | undefined
  const release = async (): Promise<void> => {
    connection?.close()
    await unlock()
  }
  try {
    connection = await connect(uri, {
      session: new Session(INDEX_CACHE, METADATA_CACHE),
      ...(storageOptions && { storageOptions: { ...storageOptions } }),
    })
    const table = await openTable(connection, location, uri, access === 'write' ? wanted : undefined)
    const layout = parseLayout(location, (await table.schema()).metadata.get('dinokit'))
    if (wanted) assertSameLayout(location, layout, wanted)
    return createStore(createLanceBackend(location, layout, table, access === 'write', release))
  } catch (cause) {
    await release()
    throw lanceError(location, cause, 'read')
  }
}

async function assertThere(location: string, path: string): Promise<void> {
  const stats = await stat(join(path, `${TABLE}.lance`)).catch(() => undefined)
  if (!stats?.isDirectory()) throw notThere(location)
}

function notThere(location: string, cause?: unknown): DinokitError {
  return new DinokitError('file-not-found', `There is no store in ${location}.`, {
    given: location,
    expected: 'a folder that `dinokit index` made',
    ...(cause !== undefined && { cause }),
  })
}

/** Opens the table, or makes it where a layout says what it is to hold. */
async function openTable(connection: Connection, location: string, uri: string, layout: StoreLayout | undefined): Promise<Table> {
  try {
    return await connection.openTable(TABLE)
  } catch (cause) {
    if (!String(cause).includes('was not found')) throw cause
    const begun = String(cause).includes('could not be loaded')
    if (!layout) throw begun ? cause : notThere(location, cause)
    // A process that died while it made the table leaves a folder without a version and without data.
    if (begun && (await hasData(uri))) throw cause
    return connection.createEmptyTable(TABLE, schemaOf(layout), begun ? { mode: 'overwrite' } : {})
  }
}

async function hasData(uri: string): Promise<boolean> {
  const files = await readdir(join(uri, `${TABLE}.lance`, 'data')).catch(() => [])
  return files.length > 0
}
