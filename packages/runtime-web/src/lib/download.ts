import { assertNotAborted, DinokitError, type AssetOptions } from '@dinokit/core'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { fetchOk, isPage } from './fetch-ok.ts'
import { openStore, type PartStore, type StoredInfo } from './part-store.ts'

/** A file to be fetched. */
export interface Download extends AssetOptions {
  /** What a person knows it by. */
  readonly name: string
  /** What it is kept under. */
  readonly key: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Expected length, where known beforehand. */
  readonly size?: number
  /** Expected digest, where known. `git` is the sha1 of a git blob. */
  readonly digest?: { readonly kind: 'sha256' | 'git'; readonly hex: string }
  /** Milliseconds without a byte after which the connection counts as dead. Default 30,000. */
  readonly stallMs?: number
}

const ATTEMPTS = 5
const STALL_MS = 30_000
const PART = 8 * 1024 * 1024

/** A file that is in the browser's cache, whole; undefined where it is not. */
export async function findDownload(key: string): Promise<Blob | undefined> {
  const store = await openStore()
  const info = await store.info(key)
  return info?.complete ? partsOf(store, key, info) : undefined
}

/**
 * Fetches a file into the browser's cache, unless it is there. What came so far is kept and resumed; the file counts only
 * when it is whole and its size and digest are right. Two pages at once fetch it once.
 *
 * @returns the file; its bytes stay on disk until they are read
 * @throws DinokitError `file-not-found`, `download-failed`, `download-corrupt`, `offline`, `disk-full`, `aborted`
 */
export async function download(request: Download): Promise<Blob> {
  return (
    (await findDownload(request.key)) ??
    withLock(`dinokit ${request.key}`, request.signal, async () => {
      const found = await findDownload(request.key)
      if (found) return found
      const store = await openStore()
      await fetchWhole(store, request)
      return complete(store, request)
    })
  )
}

async function withLock<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  // The types say that it is always there; insecure pages say otherwise.
  const locks = navigator.locks as LockManager | undefined
  if (!locks) return work()
  try {
    return await locks.request(name, signal ? { signal } : {}, work)
  } catch (cause) {
    assertNotAborted(signal)
    throw cause
  }
}

async function partsOf(store: PartStore, key: string, { parts }: StoredInfo): Promise<Blob | undefined> {
  const blobs = await Promise.all(parts.map((_, index) => store.part(key, index)))
  return blobs.every((blob, index) => blob?.size === parts[index]) ? new Blob(blobs as Blob[]) : undefined
}

/** Fetches until everything is there, with a few attempts, each of which goes on where the last one stopped. */
async function fetchWhole(store: PartStore, request: Download): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await keptLength(store, request.key)
    try {
      await fetchRest(store, request)
      return
    } catch (cause) {
      assertNotAborted(request.signal)
      if (DinokitError.is(cause) && !mayPass(cause)) {
        // Nothing is kept that can't be gone on with.
        if (cause.code === 'disk-full' || cause.code === 'download-corrupt') await store.remove(request.key)
        throw cause
      }
      // An attempt that brought something does not count.
      if ((await keptLength(store, request.key)) > before) attempt = 0
      if (attempt >= ATTEMPTS) throw DinokitError.is(cause) ? cause : brokenOff(request, cause)
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
    }
  }
}

/** Whether another attempt may not meet the same failure. */
function mayPass({ code, cause, details }: DinokitError): boolean {
  return code === 'download-failed' && (cause !== undefined || /^(408|429|5\d\d) /.test(details.given ?? ''))
}

function brokenOff({ name }: Download, cause: unknown): DinokitError {
  return new DinokitError('download-failed', `${name} can’t be downloaded.`, {
    given: cause instanceof Error ? cause.message : String(cause),
    hint: 'Check the connection and try again: what came so far is kept.',
    cause,
  })
}

async function keptLength(store: PartStore, key: string): Promise<number> {
  return ((await store.info(key))?.parts ?? []).reduce((sum, length) => sum + length, 0)
}

async function fetchRest(store: PartStore, request: Download): Promise<void> {
  const { url, key, name, headers, onProgress, stallMs = STALL_MS } = request
  const stall = new AbortController()
  let timer = setTimeout(() => {}, 0)
  const alive = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => stall.abort(new Error(`no byte came for ${stallMs} ms`)), stallMs)
  }
  const stopped = request.signal ? AbortSignal.any([request.signal, stall.signal]) : stall.signal
  alive()
  let info = (await store.info(key)) ?? { name, url, parts: [], complete: false }
  let start = info.parts.reduce((sum, length) => sum + length, 0)
  try {
    if (start > 0 && start === request.size) return
    const range = start > 0 ? { range: `bytes=${start}-` } : {}
    const response = await fetchOk(url, name, stopped, { headers: { ...headers, ...range }, cache: 'no-store' }).catch((cause: unknown) => {
      throw stall.signal.aborted ? stall.signal.reason : cause
    })
    alive()
    const etag = response.headers.get('etag') ?? undefined
    const resumed = response.status === 206 && rangeStart(response) === start && etag === info.etag
    if (start > 0 && !resumed) {
      await store.remove(key)
      if (response.status !== 200) {
        await response.body?.cancel()
        throw new Error('the server has another file than the one begun')
      }
      start = 0
    }
    if (isPage(response)) {
      await response.body?.cancel()
      throw corrupt(name, 'an HTML page', 'a file of a model')
    }
    const total = totalOf(response, start)
    if (request.size !== undefined && total !== undefined && total !== request.size) {
      await response.body?.cancel()
      throw corrupt(name, `${total} bytes`, `${request.size} bytes`)
    }
    const whole = total ?? request.size
    if (whole !== undefined) await assertRoom(name, whole - start)
    info = { name, url, ...(etag !== undefined && { etag }), parts: start > 0 ? info.parts : [], complete: false }
    await store.setInfo(key, info)
    let position = start
    const report = (): void => onProgress?.({ name, done: position, ...(whole !== undefined && { total: whole }) })
    let pending: Uint8Array<ArrayBuffer>[] = []
    let length = 0
    const flush = async (): Promise<void> => {
      if (length === 0) return
      await store.setPart(key, info.parts.length, new Blob(pending))
      info = { ...info, parts: [...info.parts, length] }
      await store.setInfo(key, info)
      pending = []
      length = 0
    }
    report()
    try {
      for await (const chunk of response.body!) {
        alive()
        pending.push(chunk)
        length += chunk.byteLength
        position += chunk.byteLength
        if (length >= PART) await flush()
        report()
      }
    } finally {
      await flush()
    }
    if (whole !== undefined && position !== whole) throw new Error(`the connection ended after ${position} of ${whole} bytes`)
  } finally {
    clearTimeout(timer)
  }
}

function rangeStart(response: Response): number | undefined {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')
  return range ? Number(range[1]) : undefined
}

function totalOf(response: Response, from: number): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (total !== undefined) return Number(total)
  const length = response.headers.get('content-length')
  // Of an answer that travels compressed, the length is that of what travels.
  return length === null || response.headers.has('content-encoding') ? undefined : from + Number(length)
}

function corrupt(name: string, given: string, expected: string): DinokitError {
  return new DinokitError('download-corrupt', `${name} is not what was expected: the server sent ${given}.`, {
    given,
    expected,
    hint: 'Check the address; the file may have been replaced, or a proxy answers in its place.',
  })
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

/** Checks what came and marks it as whole; what fails is of no use and is removed. */
async function complete(store: PartStore, { key, name, size, digest, signal }: Download): Promise<Blob> {
  const info = await store.info(key)
  const blob = info && (await partsOf(store, key, info))
  if (!info || !blob) throw new DinokitError('download-failed', `The browser has dropped parts of ${name}.`, { hint: 'Try again.' })
  if (digest) {
    const hash = (digest.kind === 'git' ? sha1 : sha256).create()
    if (digest.kind === 'git') hash.update(new TextEncoder().encode(`blob ${size ?? blob.size}\0`))
    for (let offset = 0; offset < blob.size; offset += HASHED) {
      assertNotAborted(signal)
      hash.update(new Uint8Array(await blob.slice(offset, offset + HASHED).arrayBuffer()))
    }
    const actual = bytesToHex(hash.digest())
    if (actual !== digest.hex) {
      await store.remove(key)
      throw new DinokitError('download-corrupt', `${name} arrived damaged.`, {
        given: actual,
        expected: digest.hex,
        hint: 'Try again; if it stays so, a proxy may be changing it.',
      })
    }
  }
  await store.setInfo(key, { ...info, complete: true })
  return blob
}

/** Bytes that are hashed at once: a few milliseconds of work. */
const HASHED = 1024 * 1024
