import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Answers as servers do on bad days, for tests in the browser: `/flaky/<anything>?size=...` serves so many bytes, each
 * `(index * 31 + 7) & 255`, with ranges. In the query: `cut=N` ends every connection after N bytes, `stall=N` stops sending
 * after N bytes the first time, `slow=N` waits N milliseconds before each 64 KiB, `etag=X`, `status=404`, `page=1` answers with
 * HTML, `damage=1` changes a byte, `noranges=1` always sends all.
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
  serve(url, request, response)
}

const stalled = new Set<string>()
const counts = new Map<string, string[]>()

function serve(url: URL, request: IncomingMessage, response: ServerResponse): void {
  const option = (name: string): string | undefined => url.searchParams.get(name) ?? undefined
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
  if (option('log')) {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(counts.get(option('log')!) ?? []))
    return
  }
  counts.set(url.pathname, [...(counts.get(url.pathname) ?? []), request.headers.range ?? 'all'])
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
  if (option('damage')) bytes[10]! ^= 1
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

const COMMIT = 'c'.repeat(40)

/** The hub's API for one repository, `someone/model`, whose `model.bin` has 100,000 bytes; the digest is in the query. */
async function answerHub(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const json = (value: unknown): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  const path = url.pathname.slice('/flaky-hub/'.length).replace(/^[0-9a-f]{64}\//, '')
  const sha256 = /\/flaky-hub\/([0-9a-f]{64})\//.exec(url.pathname)?.[1]
  if (path === 'api/models/someone/model/revision/main') json({ _id: '1', id: 'someone/model', sha: COMMIT })
  else if (path === `api/models/someone/model/paths-info/${COMMIT}`) {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { paths } = JSON.parse(body) as { paths: string[] }
    const lfs = { oid: sha256, size: 100_000, pointerSize: 134 }
    json(paths[0] === 'model.bin' ? [{ type: 'file', path: 'model.bin', size: 100_000, oid: '1'.repeat(40), lfs }] : [])
  } else if (path === `someone/model/resolve/${COMMIT}/model.bin`) {
    serve(new URL('/flaky/hub?size=100000', url), request, response)
  } else response.writeHead(404).end()
}
