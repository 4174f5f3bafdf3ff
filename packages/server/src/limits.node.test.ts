import { open } from 'dinokit'
import { createClient, type SearchImageOptions } from '@dinokit/server/client'
import { createMemoryStore, type StoreRow } from '@dinokit/store'
import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { createServer } from './index.ts'
import { hostileImages } from './testing/hostile-images.ts'
import { sendBetween } from './testing/send-between.ts'
import { readCat, startServer, type TestServer } from './testing/start-server.ts'

const opened = await open()
const cat = await readCat()
afterAll(() => opened.dispose())

interface Failure {
  readonly error: { readonly code: string; readonly message: string }
}

/** Opens a connection, sends some bytes, and collects what comes back. */
function speak({ origin }: TestServer, text: string): { socket: Socket; heard: () => string } {
  let heard = ''
  const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(text))
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString())).on('error', () => {})
  return { socket, heard: () => heard }
}

/** Number of a server's metrics. */
async function metric({ origin }: TestServer, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

const HALF = 'POST /embed HTTP/1.1\r\nhost: a\r\ncontent-type: image/jpeg\r\ncontent-length: 1000\r\n\r\nhalf of it'

test('ends a body that does not come, and goes on for others meanwhile', async () => {
  await using server = await startServer({ vision: opened, limits: { bodyMs: 400 } })
  const half = speak(server, HALF)
  expect((await server.post('/embed', cat)).status).toBe(200)
  await expect.poll(half.heard, { timeout: 5000 }).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"timed-out"/)
  await expect.poll(() => half.socket.destroyed || half.socket.readableEnded).toBe(true)
  expect(await metric(server, 'dinokit_held_bytes')).toBe(0)
})

test('forgets a client that leaves in the middle of its body', async () => {
  await using server = await startServer({ vision: opened })
  const half = speak(server, HALF)
  await expect.poll(() => metric(server, 'dinokit_held_bytes')).toBe(10)
  half.socket.destroy()
  await expect.poll(() => metric(server, 'dinokit_held_bytes')).toBe(0)
  await expect.poll(() => server.lines.find(({ status }) => status === 499)).toMatchObject({ route: '/embed', code: 'aborted' })
})

test('answers 429 with Retry-After when the queue is full, and holds no more bytes than it may', async () => {
  await using server = await startServer({ vision: opened, limits: { waiting: 1 }, batch: { atOnce: 1 } })
  const responses = await Promise.all(Array.from({ length: 12 }, () => server.post('/embed', cat)))
  const refused = responses.filter(({ status }) => status === 429)
  expect(responses.filter(({ status }) => status === 200).length + refused.length).toBe(12)
  expect(refused.length).toBeGreaterThan(0)
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(((await refused[0]!.json()) as Failure).error.code).toBe('busy')
  await using small = await startServer({ vision: opened, limits: { heldBytes: cat.length - 1 } })
  expect((await small.post('/embed', cat)).status).toBe(429)
})

test('answers in time or says that it could not', async () => {
  await using server = await startServer({ vision: opened, limits: { answerMs: 1 } })
  const response = await server.post('/embed?size=518', cat)
  expect([response.status, ((await response.json()) as Failure).error.code]).toEqual([503, 'timed-out'])
})

test('forms batches across requests', async () => {
  await using server = await startServer({ vision: opened, batch: { most: 4, withinMs: 200 } })
  const expected = (await opened.embed(cat)).embedding.data
  const responses = await Promise.all(Array.from({ length: 4 }, () => server.post('/embed', cat)))
  for (const response of responses) {
    const { tensors } = (await response.json()) as { tensors: { embedding: { data: number[] } } }
    tensors.embedding.data.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 3))
  }
  expect([await metric(server, 'dinokit_batch_images_count'), await metric(server, 'dinokit_batch_images_sum')]).toEqual([1, 4])
})

test('asks for a key where there are keys, but not for health and the description', async () => {
  await using server = await startServer({ vision: opened, keys: ['first-key-of-this-test', 'second-key-of-this-test'] })
  const status = async (authorization?: string): Promise<number> =>
    (await server.post('/embed', cat, authorization === undefined ? {} : { authorization })).status
  expect(await status('Bearer second-key-of-this-test')).toBe(200)
  for (const wrong of [undefined, 'Bearer second-key-of-this-tes', 'Bearer ', 'Basic second-key-of-this-test'])
    expect(await status(wrong)).toBe(401)
  for (const path of ['/', '/health', '/ready', '/openapi.json']) expect((await fetch(server.origin + path)).status).toBe(200)
  expect((await fetch(`${server.origin}/metrics`)).status).toBe(401)
  expect(JSON.stringify(server.lines)).not.toContain('key-of-this-test')
})

test('lets pages of other sites in where their origin is allowed, and by default none', async () => {
  const origins = ['https://app.example']
  const allowed = async (server: TestServer, origin: string): Promise<string | null> =>
    (
      await fetch(`${server.origin}/embed`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    ).headers.get('access-control-allow-origin')
  await using server = await startServer({ vision: opened, origins })
  expect([await allowed(server, 'https://app.example'), await allowed(server, 'https://evil.example')]).toEqual([
    'https://app.example',
    null,
  ])
  await using closed = await startServer({ vision: opened })
  expect(await allowed(closed, 'https://app.example')).toBe(null)
})

test('searches a store, and refuses one of another model by name', async () => {
  const tokens = await opened.embed(cat)
  const { fingerprint, placement, cls } = tokens
  const layout = { version: 2, fingerprint, size: 224, dtype: 'float32' as const, tensors: { cls: [192] } }
  const store = createMemoryStore(layout)
  await store.append([{ id: 'cat', source: '/secret/cat.jpg', hash: '0'.repeat(64), label: 'animal', placement, tensors: { cls } }])
  await using server = await startServer({ vision: opened, store })
  const response = await server.post('/search?top=1', cat)
  expect(await response.json()).toEqual({ model: 'tiny', neighbors: [{ id: 'cat', similarity: expect.closeTo(1, 5), label: 'animal' }] })
  const changed = (id: string, by: number): StoreRow => {
    const data = cls.data.map((value, i) => (i % 2 === 0 ? value * by : value))
    return { id, source: id, hash: '0'.repeat(64), split: 'val', placement, tensors: { cls: { ...cls, data } } }
  }
  await store.append([changed('same cat', 0.99), changed('other', -1)])
  const found = async (options: SearchImageOptions): Promise<string[]> =>
    (await createClient(server.origin).search(cat, options)).neighbors.map(({ id }) => id)
  expect(await found({ top: 2 })).toEqual(['cat', 'same cat'])
  expect(await found({ top: 2, approximate: true })).toEqual(['cat', 'same cat'])
  expect(await found({ top: 2, diversity: 0.6 })).toEqual(['cat', 'other'])
  expect(await found({ top: 2, diversity: 0.6, split: 'val' })).toEqual(['same cat', 'other'])
  for (const wrong of ['2', '-0.5', '.5', '1e-3', '']) {
    const refused = await server.post(`/search?diversity=${wrong}`, cat)
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('a number from 0 to 1')])
  }
  const api = (await (await fetch(`${server.origin}/openapi.json`)).json()) as {
    readonly paths: { readonly '/search': { readonly post: { readonly parameters: readonly { readonly name: string }[] } } }
  }
  for (const { name } of api.paths['/search'].post.parameters)
    expect(await (await server.post(`/search?${name}=%00`, '')).text()).not.toContain(`There is no option ${name}`)
  const other = createMemoryStore({
    ...layout,
    fingerprint: { ...fingerprint, model: 'dinov2-small', weights: 'f'.repeat(64), rounded: undefined as never },
  })
  expect(() => createServer({ vision: opened, store: other })).toThrow(/dinov2-small|weights/)
})

test('ends once all that was accepted is answered, and is not ready meanwhile', async () => {
  const vision = await open()
  const server = createServer({ vision, batch: { atOnce: 1 }, log: pino({ level: 'silent' }) })
  const origin = await server.listen({ port: 0 })
  const post = (): Promise<Response> => fetch(`${origin}/embed`, { method: 'POST', body: cat, headers: { 'content-type': 'image/jpeg' } })
  const accepted = Array.from({ length: 6 }, post)
  await expect
    .poll(async () => Number(/waiting_images (\d+)$/m.exec(await (await fetch(`${origin}/metrics`)).text())?.[1]))
    .toBeGreaterThan(0)
  const closing = server.close({ graceMs: 300 })
  expect((await fetch(`${origin}/ready`)).status).toBe(503)
  expect((await post()).status).toBe(503)
  expect((await Promise.all(accepted)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  expect(await closing).toBe(true)
  await expect(fetch(`${origin}/health`)).rejects.toThrow()
  await vision.dispose()
})

test('answers hostile files with 4xx and a code, and good ones between them', async () => {
  await using server = await startServer({ vision: opened })
  const { decoded, refused } = await sendBetween(server, hostileImages([cat], 24, 7), cat)
  expect(refused).toBeGreaterThan(10)
  expect(refused + decoded).toBe(24)
})
