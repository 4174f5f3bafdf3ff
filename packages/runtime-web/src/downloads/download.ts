import { assertNotAborted, DinokitError } from '@dinokit/core'
import { downloadInto, type DownloadRequest, type FirstDownloadRecord } from '@dinokit/runtime-kit'
import { fetchReached } from './fetch-ok.ts'
import { createPartialDownload, lengthOf, partsOf } from './partial-download.ts'
import { openStore, type StoredInfo } from './part-store.ts'

/** A file to be fetched. */
export interface Download extends Omit<DownloadRequest, 'first' | 'fetch'> {
  /** Key that it is kept under. */
  readonly key: string
}

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
  const { key, signal } = request
  return (
    (await findDownload(key)) ??
    withLock(`dinokit ${key}`, signal, async () => {
      const here = await findDownload(key)
      if (here) return here
      await fetchAnew(request)
      const found = await findDownload(key)
      if (!found) throw new DinokitError('download-failed', `The browser has dropped parts of ${request.name}.`, { hint: 'Try again.' })
      return found
    })
  )
}

async function fetchAnew(request: Download): Promise<void> {
  const { key } = request
  const store = await openStore()
  const info = await store.info(key)
  const before = info?.complete ? info : undefined
  if (before) await store.remove(key)
  try {
    const first = before && recordOf(request.name, before)
    await downloadInto({ ...request, fetch: fetchFresh(request.name), first }, createPartialDownload(store, request))
  } catch (cause) {
    // Nothing is kept where there is no room for more.
    if (DinokitError.is(cause) && cause.code === 'disk-full') await store.remove(key)
    // What it was is remembered until the cache is cleared of it.
    if (before) await store.setInfo(key, before)
    throw cause
  }
}

/** Record of a file when it was whole here before. */
function recordOf(name: string, before: StoredInfo): FirstDownloadRecord {
  const { sha256, commit } = before
  return {
    accept: `clear the cache of it, clearCache(${JSON.stringify(name)}),`,
    read: async () => (sha256 === undefined ? undefined : { size: lengthOf(before), sha256, commit }),
  }
}

/**
 * Fetches as the loop asks. Of another origin's server `If-Range` would ask leave first, which few give: there,
 * the ETags are compared.
 */
function fetchFresh(name: string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers)
    if (new URL(input instanceof Request ? input.url : input, location.href).origin !== location.origin) headers.delete('if-range')
    return fetchReached(input, { ...init, headers }, name)
  }
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
