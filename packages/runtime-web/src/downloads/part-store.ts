import { DinokitError } from '@dinokit/core'

/** Record of a file that is being, or was, downloaded. */
export interface StoredInfo {
  readonly name: string
  readonly url: string
  /** The server's ETag of the file that the parts are of. */
  readonly etag?: string
  /** Length of each part that is here, in bytes. */
  readonly parts: readonly number[]
  /** Whether the parts are the whole file, checked. */
  readonly complete: boolean
  /** SHA-256 of the whole file, lower-case hexadecimal. */
  readonly sha256?: string
  /** The hub's commit that it is of, where the hub says. */
  readonly commit?: string
}

/** Files in parts, so that a download that ends midway keeps what came. */
export interface PartStore {
  /** Keys of all the files. */
  keys(): Promise<string[]>
  info(key: string): Promise<StoredInfo | undefined>
  /** Replaces what is known of a file. */
  setInfo(key: string, info: StoredInfo): Promise<void>
  /** One part, or undefined where the browser has evicted it. */
  part(key: string, index: number): Promise<Blob | undefined>
  /**
   * Keeps a part.
   *
   * @throws DinokitError `disk-full`
   */
  setPart(key: string, index: number, blob: Blob): Promise<void>
  /** Forgets a file, info first, so that it is never taken for whole. */
  remove(key: string): Promise<void>
}

const CACHE = 'dinokit'
/** Addresses in the cache: none of them is ever fetched. */
const ROOT = '/.dinokit-cache/'

/**
 * The browser's store of downloads: the Cache API, or this page's memory where the browser has none (pages that are not
 * served by https, private modes).
 */
export async function openStore(): Promise<PartStore> {
  const cache = await openCache()
  const address = (key: string, file: string): string => new URL(`${ROOT}${encodeURIComponent(key)}/${file}`, location.origin).href
  const put = async (url: string, blob: Blob): Promise<void> => {
    try {
      await cache.put(url, new Response(blob))
    } catch (cause) {
      throw storeError(cause)
    }
  }
  const info = async (key: string): Promise<StoredInfo | undefined> => {
    const response = await cache.match(address(key, 'info'))
    return response && ((await response.json()) as StoredInfo)
  }
  const urls = async (): Promise<string[]> => (await cache.keys()).map((request) => request.url)
  return {
    async keys() {
      const infos = (await urls()).filter((url) => url.endsWith('/info'))
      return infos.map((url) => decodeURIComponent(new URL(url).pathname.slice(ROOT.length, -'/info'.length)))
    },
    info,
    setInfo: (key, value) => put(address(key, 'info'), new Blob([JSON.stringify(value)])),
    part: async (key, index) => (await cache.match(address(key, String(index))))?.blob(),
    setPart: (key, index, blob) => put(address(key, String(index)), blob),
    async remove(key) {
      await cache.delete(address(key, 'info'))
      const folder = address(key, '')
      for (const url of await urls()) if (url.startsWith(folder)) await cache.delete(url)
    },
  }
}

/** Used part of the Cache API. */
type SmallCache = Pick<Cache, 'delete' | 'match' | 'put'> & { keys(): Promise<readonly Pick<Request, 'url'>[]> }

const memory = new Map<string, Response>()

async function openCache(): Promise<SmallCache> {
  // The types say that it is always there; insecure pages say otherwise.
  const storage = globalThis.caches as CacheStorage | undefined
  const opened = await storage?.open(CACHE).catch(() => undefined)
  if (opened) return opened
  const key = (request: RequestInfo | URL): string => (request instanceof Request ? request.url : String(request))
  return {
    delete: async (request) => memory.delete(key(request)),
    match: async (request) => memory.get(key(request))?.clone(),
    put: async (request, response) => void memory.set(key(request), response),
    keys: async () => Array.from(memory.keys(), (url) => ({ url })),
  }
}

function storeError(cause: unknown): DinokitError {
  const full = cause instanceof DOMException && cause.name === 'QuotaExceededError'
  return new DinokitError(
    full ? 'disk-full' : 'file-unwritable',
    full ? 'The browser’s storage is full.' : 'The browser’s storage failed.',
    {
      given: String(cause),
      hint: 'Clear the cache (clearCache), allow this site more storage, or free some disk.',
      cause,
    },
  )
}
