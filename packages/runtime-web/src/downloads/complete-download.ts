import { assertNotAborted, DinokitError } from '@dinokit/core'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Download } from './download-request.ts'
import type { PartStore, StoredInfo } from './part-store.ts'

/** A file of the store; undefined where the browser has dropped a part of it. */
export async function partsOf(store: PartStore, key: string, { parts }: StoredInfo): Promise<Blob | undefined> {
  const blobs = await Promise.all(parts.map((_, index) => store.part(key, index)))
  return blobs.every((blob, index) => blob?.size === parts[index]) ? new Blob(blobs as Blob[]) : undefined
}

/**
 * Checks what came and marks it as whole; what fails is of no use and is removed.
 *
 * @param store - holds the parts
 * @param request - what was asked for
 * @param before - what the file was when it was whole here before
 * @throws DinokitError `download-failed`, `download-corrupt`, `download-changed`, `aborted`
 */
export async function complete(store: PartStore, request: Download, before: StoredInfo | undefined): Promise<Blob> {
  const { key, name, commit } = request
  const info = await store.info(key)
  const blob = info && (await partsOf(store, key, info))
  if (!info || !blob) throw new DinokitError('download-failed', `The browser has dropped parts of ${name}.`, { hint: 'Try again.' })
  const { sha256: found, actual } = await digestsOf(blob, request)
  const { digest } = request
  if (digest && actual !== digest.hex) {
    await store.remove(key)
    throw new DinokitError('download-corrupt', `${name} arrived damaged.`, {
      given: actual,
      expected: digest.hex,
      hint: 'Try again; if it stays so, a proxy may be changing it, or it was replaced where it is kept.',
    })
  }
  if (before?.sha256 !== undefined && before.sha256 !== found) {
    await store.remove(key)
    throw new DinokitError('download-changed', `${name} is not what it was when this browser downloaded it.`, {
      given: `${blob.size} bytes, sha256 ${found}`,
      expected: `${before.parts.reduce((sum, length) => sum + length, 0)} bytes, sha256 ${before.sha256}`,
      hint: `If the change is meant, clear the cache of it: clearCache(${JSON.stringify(key)}).`,
    })
  }
  await store.setInfo(key, { ...info, complete: true, sha256: found, ...(commit !== undefined && { commit }) })
  return blob
}

/** The sha256 of a file, and what its promised digest is to be compared with. */
async function digestsOf(blob: Blob, { digest, size, signal }: Download): Promise<{ readonly sha256: string; readonly actual: string }> {
  const hash = sha256.create()
  const git = digest?.kind === 'git' ? sha1.create().update(new TextEncoder().encode(`blob ${size ?? blob.size}\0`)) : undefined
  for (let offset = 0; offset < blob.size; offset += HASHED) {
    assertNotAborted(signal)
    const bytes = new Uint8Array(await blob.slice(offset, offset + HASHED).arrayBuffer())
    hash.update(bytes)
    git?.update(bytes)
  }
  const found = bytesToHex(hash.digest())
  return { sha256: found, actual: git ? bytesToHex(git.digest()) : found }
}

/** Bytes that are hashed at once: a few milliseconds of work. */
const HASHED = 1024 * 1024
