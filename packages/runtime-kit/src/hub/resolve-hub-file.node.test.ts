import { serveLocally, type LocalServer } from '@dinokit/testing/serve-locally'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveHubFile } from './resolve-hub-file.ts'
import type { HubFile } from './hub-file.ts'
import type { HubReference } from './hub-reference.ts'

const SHA256 = 'a'.repeat(64)
const COMMIT = 'c'.repeat(40)
const reference: HubReference = { kind: 'hub', repo: 'someone/model', file: 'model.bin' }

let server: LocalServer
beforeAll(async () => void (server = await serveLocally()))
afterAll(() => server[Symbol.asyncDispose]())

const endpoint = (words: string): string => `${server.origin}/flaky-hub/${SHA256}/~${words}`
/** Lists the requests to a hub, without its address. */
const asked = (words: string): string[] =>
  server.asked.flatMap(({ line }) => (line.includes(`~${words}/`) ? [line.replace(`/flaky-hub/${SHA256}/~${words}/`, '')] : []))
const known = (words: string): HubFile => ({
  commit: COMMIT,
  size: 100_000,
  digest: { kind: 'sha256', hex: SHA256 },
  url: `${endpoint(words)}/someone/model/resolve/${COMMIT}/model.bin`,
})

describe('a mirror without the API', () => {
  test.each(['noapi', 'noapi,cdn', 'noapi,nohead'])('says by the file’s own headers what the API would: %s', async (words) => {
    expect(await resolveHubFile(reference, { endpoint: endpoint(words) })).toEqual(known(words))
    const heads = asked(words).filter((line) => !line.includes('api/'))
    expect(heads[0]).toBe('HEAD someone/model/resolve/main/model.bin')
    // The bytes' own server is not asked when the hub has said all.
    expect(heads).toHaveLength(words === 'noapi,nohead' ? 2 : 1)
  })

  test('lacks commit and digest where it says neither', async () => {
    const words = 'noapi,plain'
    const url = `${endpoint(words)}/someone/model/resolve/main/model.bin`
    expect(await resolveHubFile(reference, { endpoint: endpoint(words) })).toEqual({ size: 100_000, url })
    const cdn = 'noapi,plain,cdn'
    expect(await resolveHubFile(reference, { endpoint: endpoint(cdn) })).toMatchObject({ size: 100_000 })
  })

  test('is none where it answers everything with a page', async () => {
    await using portal = await serveLocally((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('Sign in'))
    await expect(resolveHubFile(reference, { endpoint: portal.origin })).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('page') as string,
    })
  })

  test('has no such file, or lets nobody in', async () => {
    const none = resolveHubFile({ ...reference, file: 'none.bin' }, { endpoint: endpoint('noapi') })
    await expect(none).rejects.toMatchObject({ code: 'file-not-found' })
    await using closed = await serveLocally((_, response) => response.writeHead(401).end())
    await expect(resolveHubFile(reference, { endpoint: closed.origin })).rejects.toMatchObject({
      code: 'download-failed',
      details: { hint: expect.stringContaining('HF_TOKEN') as string },
    })
  })

  test('is given the token, and the server that it sends to is not', async () => {
    await using other = await serveLocally((_, response) => response.writeHead(200, { 'content-length': 5 }).end())
    await using mirror = await serveLocally((request, response) =>
      request.url!.startsWith('/api/') ? response.writeHead(404).end() : response.writeHead(302, { location: `${other.origin}/x` }).end(),
    )
    expect(await resolveHubFile(reference, { endpoint: mirror.origin, accessToken: 'secret' })).toMatchObject({ size: 5 })
    expect(mirror.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret'])
    expect(other.asked.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })
})

describe('a hub that stumbles', () => {
  test('is asked again, as late as it says', async () => {
    const words = 'busy=1,wait=1'
    expect(await resolveHubFile(reference, { endpoint: endpoint(words) })).toEqual(known(words))
    expect(asked(words)).toHaveLength(4)
    const [first, second] = server.asked.filter(({ line }) => line.includes(words)).map(({ at }) => at)
    expect(second! - first!).toBeGreaterThanOrEqual(990)
  })

  test.each([408, 429, 500, 502, 503, 504])('passes %d', async (status) => {
    await using hub = await serveLocally((request, response) => {
      if (hub.asked.length === 1) response.writeHead(status, { 'retry-after': new Date(0).toUTCString() }).end()
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerTo(request.url!)))
    })
    expect(await resolveHubFile(reference, { endpoint: hub.origin })).toMatchObject({ commit: COMMIT, size: 7 })
    expect(hub.asked).toHaveLength(3)
  })

  test('reconnects after a broken connection, and names a server that is not there', async () => {
    await using hub = await serveLocally((request, response) => {
      if (hub.asked.length === 1) request.socket.destroy()
      else if (hub.asked.length === 2)
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 99 }).write('{', () => response.destroy())
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerTo(request.url!)))
    })
    expect(await resolveHubFile(reference, { endpoint: hub.origin })).toMatchObject({ commit: COMMIT })
    await expect(resolveHubFile(reference, { endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'download-failed',
      details: { given: expect.stringContaining('127.0.0.1:9') as string },
    })
  })

  test('is not waited for where it asks for an hour', async () => {
    await using hub = await serveLocally((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    await expect(resolveHubFile(reference, { endpoint: hub.origin })).rejects.toMatchObject({
      code: 'download-failed',
      details: { hint: expect.stringContaining('60 minutes') as string },
    })
    expect(hub.asked).toHaveLength(1)
  })

  test('is given up where it stays so; waiting can be canceled', async () => {
    await using hub = await serveLocally((_, response) => response.writeHead(503).end())
    await expect(resolveHubFile(reference, { endpoint: hub.origin })).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('503') as string,
    })
    expect(hub.asked).toHaveLength(4)
    const controller = new AbortController()
    await using busy = await serveLocally((_, response) => {
      response.writeHead(429, { 'retry-after': '60' }).end()
      setTimeout(() => controller.abort(), 50)
    })
    await expect(resolveHubFile(reference, { endpoint: busy.origin, signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})

function answerTo(url: string): unknown {
  return url.includes('paths-info') ? [{ type: 'file', oid: 'b'.repeat(40), size: 7 }] : { sha: COMMIT }
}
