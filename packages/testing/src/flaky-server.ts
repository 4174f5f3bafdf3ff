import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Answers as servers do on bad days, for tests in the browser: `/flaky/<anything>?size=...` serves so many bytes, each
 * `(index * 31 + 7) & 255`, with ranges. In the query: `cut=N` ends every connection after N bytes, `stall=N` stops sending
 * after N bytes the first time, `slow=N` waits N milliseconds before each 64 KiB, `etag=X`, `status=404`, `page=1` answers with
 * HTML, `damage=1` changes a byte, `later=1` changes one from the second time on, `noranges=1` always sends all, `busy=N`
 * answers 429 N times, with `wait=S` as Retry-After, `after=PATH` waits until that path has been asked for.
 *
 * `/flaky-hub/<sha256>/` is a hub with `someone/model`, whose `model.bin` has 100,000 bytes and that digest. Behind it,
 * `~noapi,plain/` and the like make it another: see `answerHub`.
 *
 * @param request - to answer, where it is for `/flaky/`
 * @param response - of the server
 * @param next - handles what is not
 */
export function flakyServer(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const url = new URL(request.url ?? '', 'http://localhost')
  if (url.pathname.startsWith('/flaky-hub/')) {
    void answerHub(url, request, response)
    return
  }
  if (!url.pathname.startsWith('/flaky/')) {
    next()
    return
  }
  const awaited = url.searchParams.get('after')
  if (awaited === null || counts.has(awaited)) serve(url, request, response)
  else waiting.set(awaited, () => serve(url, request, response))
  waiting.get(url.pathname)?.()
  waiting.delete(url.pathname)
}

const waiting = new Map<string, () => void>()
const stalled = new Set<string>()
const served = new Set<string>()
const refusals = new Map<string, number>()
const counts = new Map<string, string[]>()

function serve(url: URL, request: IncomingMessage, response: ServerResponse): void {
  const option = (name: string): string | undefined => url.searchParams.get(name) ?? undefined
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
  if (option('log')) {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(counts.get(option('log')!) ?? []))
    return
  }
  counts.set(url.pathname, [...(counts.get(url.pathname) ?? []), request.headers.range ?? 'all'])
  if (busy(url.href, Number(option('busy') ?? 0), option('wait'), response)) return
  const status = Number(option('status') ?? 200)
  if (status !== 200) {
    response.writeHead(status).end()
    return
  }
  if (option('page')) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html><p>Sign in to the hotel’s network')
    return
  }
  const bytes = flakyBytes(Number(option('size') ?? 1000))
  if (option('damage') || (option('later') && served.has(url.href))) bytes[10]! ^= 1
  served.add(url.href)
  const range = /^bytes=(\d+)-/.exec(request.headers.range ?? '')
  const start = range && !option('noranges') ? Number(range[1]) : 0
  if (start > 0 && start >= bytes.length) {
    response.writeHead(416).end()
    return
  }
  const part = bytes.subarray(start)
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': part.length,
    'content-type': 'application/octet-stream',
    etag: `"${option('etag') ?? 'v1'}"`,
    ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  })
  const stall = Number(option('stall') ?? Infinity)
  if (stall < part.length && !stalled.has(url.href)) {
    stalled.add(url.href)
    response.write(part.subarray(0, stall))
    return
  }
  const cut = Number(option('cut') ?? Infinity)
  if (cut < part.length) response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 50))
  else if (option('slow')) void trickle(response, part, Number(option('slow')))
  else response.end(part)
}

async function trickle(response: ServerResponse, bytes: Uint8Array, pause: number): Promise<void> {
  for (let offset = 0; offset < bytes.length && !response.destroyed; offset += 65536) {
    response.write(bytes.subarray(offset, offset + 65536))
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  response.end()
}

/**
 * The bytes that {@link flakyServer} serves.
 *
 * @param size - how many
 */
export function flakyBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + 7) & 255
  return bytes
}

/** Refuses to answer so many times, as a server does that is asked too often. */
function busy(key: string, times: number, wait: string | undefined, response: ServerResponse): boolean {
  const refused = refusals.get(key) ?? 0
  if (refused >= times) return false
  refusals.set(key, refused + 1)
  response.writeHead(429, wait === undefined ? {} : { 'retry-after': wait }).end()
  return true
}

const COMMIT = 'c'.repeat(40)
const HUB_PATH = /^\/flaky-hub\/(?:([0-9a-f]{64})\/)?(?:~([^/]*)\/)?(.*)$/

/**
 * Answers as a hub does, or as its mirrors: `noapi` has pages in place of the API, `busy=N` answers every path 429 N times,
 * with `wait=S` as Retry-After; `cdn` sends from a file's address to where the bytes are, `nohead` knows no HEAD, `plain`
 * says neither commit nor digest. Any other word tells tests apart.
 */
async function answerHub(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, sha256, words = '', path] = HUB_PATH.exec(url.pathname)!
  const options = new Map(words.split(',').map((word) => [word.split('=')[0]!, word.split('=')[1]]))
  counts.set(`hub ${words}`, [...(counts.get(`hub ${words}`) ?? []), `${request.method} ${path}`])
  if (busy(`${request.method} ${url.pathname}`, Number(options.get('busy') ?? 0), options.get('wait'), response)) return
  const json = (value: unknown): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  if (options.has('noapi') && path!.startsWith('api/'))
    response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html>No such page')
  else if (path === 'api/models/someone/model/revision/main') json({ _id: '1', id: 'someone/model', sha: COMMIT })
  else if (path === `api/models/someone/model/paths-info/${COMMIT}`) {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { paths } = JSON.parse(body) as { paths: string[] }
    const lfs = { oid: sha256, size: 100_000, pointerSize: 134 }
    json(paths[0] === 'model.bin' ? [{ type: 'file', path: 'model.bin', size: 100_000, oid: '1'.repeat(40), lfs }] : [])
  } else if (/^someone\/model\/resolve\/(?:main|c{40})\/model\.bin$/.test(path!)) {
    if (options.has('nohead') && request.method === 'HEAD') response.writeHead(405).end()
    else answerFile(url, { sha256, options }, request, response)
  } else response.writeHead(404).end()
}

interface HubFile {
  readonly sha256: string | undefined
  /** Words of the path, such as `cdn`. */
  readonly options: ReadonlyMap<string, string | undefined>
}

function answerFile(url: URL, { sha256, options }: HubFile, request: IncomingMessage, response: ServerResponse): void {
  if (!options.has('plain')) {
    response.setHeader('x-repo-commit', COMMIT)
    response.setHeader('x-linked-size', '100000')
    response.setHeader('x-linked-etag', `"${sha256}"`)
  }
  const bytes = `/flaky/hub-${options.size > 1 ? Array.from(options.keys()).join('-') : 'file'}?size=100000`
  if (options.has('cdn')) response.writeHead(302, { location: bytes }).end()
  else serve(new URL(bytes, url), request, response)
}
