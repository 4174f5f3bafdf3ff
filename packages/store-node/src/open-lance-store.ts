import { systemErrorCode } from '@dinokit/core'
import type { DinokitError, OnProgress } from '@dinokit/core'
import { assertSameLayout, createStore, STORE_VERSION, type Store, type StoreLayout } from '@dinokit/store'
import { connect, Session, type Connection } from '@lancedb/lancedb'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createLanceBackend } from './lib/lance-backend.ts'
import type { Doing } from './files/lacking-permission.ts'
import { explainLanceError } from './files/lance-error.ts'
import { HEAD, notThere, openTables, type LanceLocation } from './tables/lance-tables.ts'
import { migrateStore } from './tables/migrate-store.ts'
import { shareFiles } from './files/share-files.ts'
import { sweepTokens } from './tables/sweep-tokens.ts'
import { lockForWriting } from './files/writer-lock.ts'

/** Options of {@link openLanceStore}. */
export interface LanceStoreOptions {
  /** Layout that the store must hold; where there is none, it is made. Without it, the store must be there. */
  readonly layout?: StoreLayout
  /** Readers see what was there when they opened it; one at a time writes. Default: `write` with a layout, `read` without. */
  readonly access?: 'read' | 'write'
  /** Keys, region and the like of object storage, as LanceDB names them (`aws_access_key_id`). */
  readonly storageOptions?: Readonly<Record<string, string>>
  /** Whether the layout may be of another precision than the store, such as int8 for a store of float32. Default false. */
  readonly allowPrecision?: boolean
  /** Told how many rows are copied, where a store of an earlier format is migrated. */
  readonly onProgress?: OnProgress
}

/** Bytes that LanceDB keeps of the index for approximate search and of descriptions of files; its own limits are 6 GB and 1 GB. */
const INDEX_CACHE = 512_000_000n
const METADATA_CACHE = 64_000_000n

/**
 * Opens a store that LanceDB keeps, in a folder or on object storage. A store of an earlier format is read as it is, and
 * migrated when it is opened for writing; that needs room for a second copy.
 *
 * Writers on one machine keep out of each other's way by a lock that a dead process does not hold; on object storage there
 * is no such lock: let one process write. Files get the permissions of the store's folder.
 *
 * @param location - of the store: a folder, or an address such as `s3://bucket/embeddings`
 * @param options - layout, access, keys
 * @throws DinokitError `file-not-found` where there is none, `store-invalid`, `contract-mismatch` where a newer dinokit wrote
 *   it, `fingerprint-mismatch` and `invalid-option` where it holds other tokens, `store-locked`, `file-unreadable` and
 *   `file-unwritable` with what lacks permission, `disk-full`
 */
export async function openLanceStore(location: string, options: LanceStoreOptions = {}): Promise<Store> {
  const { layout: wanted, access = wanted ? 'write' : 'read', storageOptions, onProgress } = options
  const remote = /^[a-z][a-z0-9+.-]+:\/\//i.test(location)
  // LanceDB takes some relative paths for names of its cloud.
  const uri = remote ? location : resolve(location)
  const writable = access === 'write'
  const explain = (cause: unknown, at: Doing): Promise<DinokitError> => explainLanceError(location, remote ? undefined : uri, cause, at)
  let doing: Doing = writable ? 'write' : 'read'
  let connection: Connection | undefined
  let unlock = async (): Promise<void> => {}
  const release = async (): Promise<void> => {
    connection?.close()
    await unlock()
  }
  try {
    if (!remote && !wanted) await assertThere(location, uri)
    if (writable && !remote) unlock = await lockForWriting(uri)
    connection = await connect(uri, {
      session: new Session(INDEX_CACHE, METADATA_CACHE),
      ...(storageOptions && { storageOptions: { ...storageOptions } }),
    })
    doing = 'read'
    const place: LanceLocation = { connection, name: location, uri }
    const files = writable && !remote ? shareFiles(uri) : undefined
    let tables = await openTables(place, writable ? wanted : undefined)
    if (wanted) assertSameLayout(location, tables.layout, wanted, options)
    doing = 'write'
    if (writable && tables.layout.version < STORE_VERSION) tables = await migrateStore(place, tables, onProgress)
    else if (writable) await sweepTokens(tables)
    await files?.now()
    const backend = createLanceBackend(tables, {
      name: location,
      writable,
      reopen: async () => {
        const newer = await openTables(place)
        assertSameLayout(location, newer.layout, tables.layout)
        return newer
      },
      afterCommit: async () => files?.soon(),
      explain,
      async release() {
        await files?.now()
        await release()
      },
    })
    return createStore(backend)
  } catch (cause) {
    await release()
    throw await explain(cause, doing)
  }
}

async function assertThere(location: string, path: string): Promise<void> {
  try {
    if ((await stat(join(path, `${HEAD}.lance`))).isDirectory()) return
  } catch (cause) {
    if (systemErrorCode(cause) === 'EACCES') throw cause
    throw notThere(location, cause)
  }
  throw notThere(location)
}
