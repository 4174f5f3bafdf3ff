import { assertNotAborted, DinokitError } from '@dinokit/core'
import type { Found, PartialFile, PartialWriter } from '@dinokit/runtime-kit'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { PartStore, StoredInfo } from './part-store.ts'

/** Bytes of one part of a file: as many may be lost where the page ends. */
const PART = 8 * 1024 * 1024
/** Bytes that are hashed at once: a few milliseconds of work. */
const HASHED = 1024 * 1024

/** Identity of a file in the store. */
export interface StoredName extends Pick<StoredInfo, 'name' | 'url'> {
  readonly key: string
  readonly commit?: string
}

/** A file of the store; undefined where the browser has dropped a part of it. */
export async function partsOf(store: PartStore, key: string, { parts }: StoredInfo): Promise<Blob | undefined> {
  const blobs = await Promise.all(parts.map((_, index) => store.part(key, index)))
  return blobs.every((blob, index) => blob?.size === parts[index]) ? new Blob(blobs as Blob[]) : undefined
}

/** Length of what is in the store of a file, in bytes. */
export function lengthOf({ parts }: Pick<StoredInfo, 'parts'>): number {
  return parts.reduce((sum, length) => sum + length, 0)
}

/**
 * A file on its way into the browser's store, part by part.
 *
 * @param store - holds the parts
 * @param of - what it is known by
 */
export function createPartialDownload(store: PartStore, { key, name, url, commit }: StoredName): PartialFile {
  const whole = async (): Promise<{ readonly info: StoredInfo; readonly blob: Blob }> => {
    const info = await store.info(key)
    const blob = info && (await partsOf(store, key, info))
    if (!info || !blob) throw new DinokitError('download-failed', `The browser has dropped parts of ${name}.`, { hint: 'Try again.' })
    return { info, blob }
  }
  return {
    async begun() {
      const info = await store.info(key)
      return { length: info ? lengthOf(info) : 0, etag: info?.etag }
    },
    assertRoom: (bytes) => assertRoom(name, bytes),
    async append(start, etag) {
      if (start === 0) {
        await store.remove(key)
        await store.setInfo(key, { name, url, ...(etag !== undefined && { etag }), parts: [], complete: false })
      }
      return writer(store, key)
    },
    digests: async (git, signal) => digestsOf((await whole()).blob, git, signal),
    async commit(found) {
      const { info } = await whole()
      await store.setInfo(key, { ...info, complete: true, sha256: found.sha256, ...(commit !== undefined && { commit }) })
    },
    remove: () => store.remove(key),
  }
}

/** Gathers pieces to parts. */
function writer(store: PartStore, key: string): PartialWriter {
  let pending: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  const flush = async (): Promise<void> => {
    const info = await store.info(key)
    if (length === 0 || !info) return
    await store.setPart(key, info.parts.length, new Blob(pending))
    await store.setInfo(key, { ...info, parts: [...info.parts, length] })
    pending = []
    length = 0
  }
  return {
    async write(chunk) {
      pending.push(chunk)
      length += chunk.byteLength
      if (length >= PART) await flush()
    },
    close: flush,
  }
}

async function digestsOf(blob: Blob, withGit: boolean, signal: AbortSignal | undefined): Promise<Found> {
  const hash = sha256.create()
  const git = withGit ? sha1.create().update(new TextEncoder().encode(`blob ${blob.size}\0`)) : undefined
  for (let offset = 0; offset < blob.size; offset += HASHED) {
    assertNotAborted(signal)
    const bytes = new Uint8Array(await blob.slice(offset, offset + HASHED).arrayBuffer())
    hash.update(bytes)
    git?.update(bytes)
  }
  return { size: blob.size, sha256: bytesToHex(hash.digest()), ...(git && { git: bytesToHex(git.digest()) }) }
}

async function assertRoom(name: string, needed: number): Promise<void> {
  const { quota, usage } = (await (navigator.storage as StorageManager | undefined)?.estimate()) ?? {}
  if (quota === undefined || usage === undefined || quota - usage >= needed) return
  throw new DinokitError('disk-full', `The browser has no room for ${name}.`, {
    given: `${quota - usage} bytes free`,
    expected: `${needed} bytes`,
    hint: 'Clear the cache (clearCache), allow this site more storage, or free some disk.',
  })
}
