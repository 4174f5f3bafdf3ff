// Keeps the page for when there is no network, and makes it cross-origin isolated (threads) on hosts that do not.

/** Used parts of ServiceWorkerGlobalScope: its types and the page's exclude each other. */
interface Scope {
  readonly location: Location
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
}

interface ExtendableEvent {
  waitUntil(work: Promise<unknown>): void
}

interface FetchEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

const scope = globalThis as unknown as Scope
/** The page names its build in the address, so that each has a cache of its own. */
const PREFIX = 'playground '
const CACHE = PREFIX + scope.location.search

scope.addEventListener('install', (event) => event.waitUntil(keepFiles()))
scope.addEventListener('activate', (event) => event.waitUntil(dropOlderBuilds()))
scope.addEventListener('fetch', (event) => {
  const { request } = event
  const own = new URL(request.url).origin === scope.location.origin
  if (!own || request.method !== 'GET') return
  event.respondWith(request.mode === 'navigate' ? freshOrKept(request) : keptOrFresh(request))
})

async function keepFiles(): Promise<void> {
  const response = await fetch(new URL('files.json', scope.location.href), { cache: 'no-store' })
  const files = (await response.json()) as readonly string[]
  const cache = await caches.open(CACHE)
  await cache.addAll(files.map((file) => new URL(file, scope.location.href).href))
  await scope.skipWaiting()
}

async function dropOlderBuilds(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name)
}

async function freshOrKept(request: Request): Promise<Response> {
  try {
    return isolated(await fetch(request))
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(new URL('./', scope.location.href).href)
    if (!kept) throw error
    return isolated(kept)
  }
}

async function keptOrFresh(request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(request.url)
  return isolated(kept ?? (await fetch(request)))
}

function isolated(response: Response): Response {
  if (response.type === 'opaque' || response.status === 0) return response
  const headers = new Headers(response.headers)
  headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp')
  const { status, statusText } = response
  return new Response(status === 204 || status === 304 ? null : response.body, { status, statusText, headers })
}
