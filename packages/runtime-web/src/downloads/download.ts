import { assertNotAborted, DinokitError } from '@dinokit/core'
import { STALL_MS, watchStall, pauseBefore } from '@dinokit/runtime-kit'
import { complete, partsOf } from './complete-download.ts'
import { fetchOk, isPage } from './fetch-ok.ts'
import { openStore, type PartStore } from './part-store.ts'
import type { Download } from './download-request.ts'

const ATTEMPTS = 5
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
 * @throws DinokitError `file-not-found`, `download-failed`, `download-corrupt`, `download-changed` where it was here before and
 *   is another now, `offline`, `disk-full`, `aborted`
 */
export async function download(request: Download): Promise<Blob> {
  return (
    (await findDownload(request.key)) ??
    withLock(`dinokit ${request.key}`, request.signal, async () => {
      const found = await findDownload(request.key)
      if (found) return found
      const store = await openStore()
      const first = await store.info(request.key)
      const before = first?.complete ? first : undefined
      if (before) await store.remove(request.key)
      try {
        await fetchWhole(store, request)
        return await complete(store, request, before)
      } catch (cause) {
        // What it was is remembered until the cache is cleared of it.
        if (before) await store.setInfo(request.key, before)
        throw cause
      }
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
      await pauseBefore(attempt, cause, request.name, request.signal)
    }
  }
}

/** Whether another attempt may not meet the same failure. */
function mayPass({ code, cause }: DinokitError): boolean {
  return code === 'download-failed' && cause !== undefined
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
  let info = (await store.info(key)) ?? { name, url, parts: [], complete: false }
  let start = info.parts.reduce((sum, length) => sum + length, 0)
  const watch = watchStall(name, stallMs, request.signal)
  try {
    if (start > 0 && start === request.size) return
    const range = start > 0 ? { range: `bytes=${start}-` } : {}
    const response = await fetchOk(url, name, watch.signal, { headers: { ...headers, ...range }, cache: 'no-store' })
    watch.alive()
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
        watch.alive()
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
  } catch (cause) {
    // Silence ends one attempt; the next goes on where this one stopped.
    throw watch.error() ? new Error(`no byte came for ${stallMs} ms`) : cause
  } finally {
    watch.end()
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
