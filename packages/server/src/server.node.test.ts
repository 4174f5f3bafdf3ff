import { readTokenFile } from '@dinokit/checkpoint/tokens'
import type { EmbedAnswer } from '@dinokit/server'
import { depth } from '@dinokit/head-depth'
import { segmentation } from '@dinokit/head-segmentation'
import { classification } from '@dinokit/head-classification'
import { open } from 'dinokit'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCat, startServer, type TestServer } from './testing/start-server.ts'

const HEADS = { classification: classification(), depth: depth(), segmentation: segmentation() }

const opened = await open({ heads: HEADS, layers: [6], pixelLimit: 1_000_000 })
const cat = await readCat()
let server: TestServer
beforeAll(async () => {
  server = await startServer({ vision: opened })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await opened.dispose()
})

const SMALL = '?size=56'

test('embeds an image as the library does, as JSON and as a token file', async () => {
  const expected = await opened.embed(cat)
  const answer = (await (await server.post('/embed?outputs=embedding,layer6.cls', cat)).json()) as EmbedAnswer
  expect(answer.model).toBe('tiny')
  expect(answer.placement).toEqual(expected.placement)
  const { embedding } = answer.tensors
  expect([embedding!.dtype, embedding!.shape]).toEqual(['float32', [192]])
  expect(Float32Array.from(embedding!.data)).toEqual(expected.embedding.data)
  expect(Float32Array.from(answer.tensors['layer6.cls']!.data)).toEqual(expected.layers[6]!.cls.data)
  const response = await server.post('/embed', cat, { accept: 'application/safetensors' })
  expect(response.headers.get('content-type')).toBe('application/safetensors')
  const tokens = await readTokenFile(new Uint8Array(await response.arrayBuffer()))
  expect(tokens).toEqual({ ...expected, timing: tokens.timing })
})

test('classifies, takes a form, and answers with the head’s own classes', async () => {
  const form = new FormData()
  form.append('image', new Blob([cat]), 'cat.jpg')
  const expected = await opened.heads.classification(await opened.embed(cat), { top: 2 })
  expect(await (await server.post('/classify?top=2', form)).json()).toEqual({ model: 'tiny', classes: expected.classes })
})

test('gives depth and segments as numbers and as drawings of the image’s size', async () => {
  const map = (await opened.heads.depth(cat, { size: 56 })).map
  expect(await (await server.post(`/depth${SMALL}`, cat)).json()).toMatchObject({ width: map.shape[1], height: map.shape[0], unit: 'm' })
  expect(await (await server.post(`/segment${SMALL}`, cat)).json()).toMatchObject({ width: 451, height: 300, model: 'tiny' })
  for (const path of ['/depth', '/segment']) {
    const response = await server.post(path + SMALL, cat, { accept: 'image/png' })
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({ format: 'png', width: 451, height: 300, channels: 3 })
  }
})

/** A request that is refused: what was sent, and what comes back. */
interface Refused {
  readonly path?: string
  readonly body?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly code: string
  readonly says: RegExp
}

const twoImages = new FormData()
for (const name of ['a.jpg', 'b.jpg']) twoImages.append('image', new Blob([cat]), name)
const noImage = new FormData()
noImage.append('size', '448')
const cut = cat.subarray(0, 9000)
/** A GIF whose header says 20,000 by 20,000 pixels. */
const huge = new Uint8Array(
  Buffer.from('GIF89a\x20\x4e\x20\x4e\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x20\x4e\x20\x4e\0\x02\x02D\x01\0;', 'latin1'),
)

test.each<[string, Refused]>([
  [
    'a wrong content type',
    { headers: { 'content-type': 'text/plain' }, status: 415, code: 'invalid-option', says: /Got text\/plain, expected image/ },
  ],
  [
    'two images where one is meant',
    { body: twoImages, status: 400, code: 'invalid-option', says: /several files. Got 2 files, expected one image/ },
  ],
  ['a form without an image', { body: noImage, status: 400, code: 'invalid-option', says: /the field size/ }],
  [
    'what is no form',
    { headers: { 'content-type': 'multipart/form-data' }, status: 400, code: 'invalid-option', says: /form can’t be read/ },
  ],
  [
    'a body over the limit',
    { body: new Uint8Array(20_000_001), status: 413, code: 'image-too-large', says: /expected at most 20000000 bytes/ },
  ],
  ['an image over the pixel limit', { body: huge, status: 413, code: 'image-too-large', says: /20000x20000/ }],
  ['an empty body', { body: '', status: 422, code: 'image-unreadable', says: /empty/ }],
  ['what is no image', { body: 'hello', status: 422, code: 'image-unsupported', says: /begin with "hello"/ }],
  ['half an image', { body: cut, status: 422, code: 'image-unreadable', says: /damaged/ }],
  ['an unknown option', { path: '/embed?shape=448', status: 400, code: 'invalid-option', says: /no option shape/ }],
  ['an option given twice', { path: '/embed?size=448&size=224', status: 400, code: 'invalid-option', says: /given twice/ }],
  ['a size that is no multiple of the patch', { path: '/embed?size=100', status: 400, code: 'size-invalid', says: /multiples of 14/ }],
  ['a size beyond the limit', { path: '/embed?size=99999', status: 400, code: 'invalid-option', says: /at most 1073296 pixels/ }],
  ['an unknown output', { path: '/embed?outputs=class', status: 400, code: 'invalid-option', says: /no output class/ }],
  ['an output that was not opened', { path: '/embed?outputs=layer2.cls', status: 400, code: 'output-unavailable', says: /layer2.cls/ }],
  ['a search without a store', { path: '/search', status: 400, code: 'invalid-option', says: /no store/ }],
  ['an answer of another type', { headers: { accept: 'text/html' }, status: 406, code: 'invalid-option', says: /no answer of that type/ }],
  [
    'an address of a host that is not allowed',
    {
      body: '{"address":"http://images.example/a.jpg"}',
      headers: { 'content-type': 'application/json' },
      status: 403,
      code: 'not-allowed',
      says: /images.example is not allowed/,
    },
  ],
  [
    'JSON without an address',
    { body: '{}', headers: { 'content-type': 'application/json' }, status: 400, code: 'invalid-option', says: /no address/ },
  ],
])(
  'refuses %s with the code, what was given and what to do',
  async (_, { path = '/embed', body = cat, headers = {}, status, code, says }) => {
    const response = await server.post(path, body, headers)
    const { error, requestId } = (await response.json()) as { error: Record<string, string>; requestId: string }
    expect([response.status, error.code, error.message]).toEqual([status, code, expect.stringMatching(says)])
    expect(response.headers.get('x-request-id')).toBe(requestId)
  },
)

test('logs one line a request, with its id and code and nothing of the image', async () => {
  await server.post('/classify', 'secret-of-an-image', { 'x-request-id': 'from-the-proxy_1' })
  const line = server.lines.find(({ requestId }) => requestId === 'from-the-proxy_1')
  expect(line).toMatchObject({ method: 'POST', route: '/classify', status: 422, bytes: 18, code: 'image-unsupported' })
  expect(JSON.stringify(server.lines)).not.toContain('secret-of')
})

test('counts requests by route and status, and says what it is', async () => {
  const text = await (await fetch(`${server.origin}/metrics`)).text()
  expect(text).toMatch(/dinokit_requests_total\{route="\/embed",status="415"\} 1\n/)
  expect(text).toMatch(/dinokit_batch_images_count \d+/)
  expect(text).toMatch(/dinokit_held_bytes 0\n/)
  expect(await (await fetch(`${server.origin}/model`)).json()).toMatchObject({
    model: 'tiny',
    heads: ['classification', 'depth', 'segmentation'],
  })
  expect((await fetch(`${server.origin}/nothing`)).status).toBe(404)
})

test('describes every route, with the options that it takes', async () => {
  const api = (await (await fetch(`${server.origin}/openapi.json`)).json()) as {
    readonly openapi: string
    readonly paths: Readonly<Record<string, { readonly post?: { readonly parameters: readonly { readonly name: string }[] } }>>
    readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
  }
  const posts = Object.entries(api.paths).filter(([, { post }]) => post)
  expect([api.openapi, posts.map(([path]) => path)]).toEqual(['3.1.0', ['/embed', '/classify', '/depth', '/segment']])
  for (const [path, { post }] of posts) {
    for (const { name } of post!.parameters)
      expect(await (await server.post(`${path}?${name}=%00`, '')).text()).not.toContain(`There is no option ${name}`)
  }
  const named = [...JSON.stringify(api.paths).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!)
  expect(named.filter((name) => !(name in api.components.schemas))).toEqual([])
})

test('has a page that loads its own files alone', async () => {
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/page.css', 'text/css'],
    ['/page.js', 'text/javascript'],
  ] as const) {
    const response = await fetch(server.origin + path)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining(type)])
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await response.text()).length).toBeGreaterThan(500)
  }
})
