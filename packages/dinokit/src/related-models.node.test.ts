import { RELATED_MODELS } from '@dinokit/core/relatives'
import { ownGoldens } from '@dinokit/testing'
import { serveLocally, type LocalServer } from '@dinokit/testing/serve-locally'
import { open, type DinokitError } from 'dinokit'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'

const COMMIT = 'c'.repeat(40)
/** Files of the golden that stands for the weights of both of its repositories. */
const FILES = ['config.json', 'model.safetensors']

let hub: LocalServer
let cache: string
beforeAll(async () => {
  const bytes = new Map<string, Buffer>()
  for (const file of FILES) bytes.set(file, await readFile(ownGoldens.address(`fields/virchow2/${file}`)))
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const json = (value: unknown): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    // The hub tells everybody what gated repositories hold, and gives their files to some.
    if (request.url!.includes('/revision/')) return json({ sha: COMMIT })
    if (request.url!.includes('/paths-info/')) {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const [path] = (JSON.parse(body) as { readonly paths: readonly string[] }).paths
      const found = bytes.get(path!)
      const lfs = found && { oid: createHash('sha256').update(found).digest('hex'), size: found.length }
      return json(found ? [{ type: 'file', path, size: found.length, oid: '1'.repeat(40), lfs }] : [])
    }
    if (request.headers.authorization !== 'Bearer hf_accepted') return void response.writeHead(401).end()
    response.end(bytes.get(request.url!.split('/').at(-1)))
  }
  hub = await serveLocally((request, response) => void answer(request, response))
})
afterAll(() => hub[Symbol.asyncDispose]())
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  vi.stubEnv('HF_ENDPOINT', hub.origin)
  vi.stubEnv('HF_HUB_CACHE', cache)
  vi.stubEnv('HF_TOKEN', '')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(cache, { recursive: true })
})

test.each([
  ['virchow2', 'CC-BY-NC-ND-4.0', 'paige-ai/Virchow2'],
  ['dinov3-small', 'DINOv3 License', 'facebook/dinov3-vits16-pretrain-lvd1689m'],
  ['MahmoodLab/UNI', 'CC-BY-NC-ND-4.0', 'MahmoodLab/UNI'],
])('opens %s, which is gated, for nobody without a token, and says what to accept and where', async (model, license, repo) => {
  const error = await open({ model }).catch((thrown: unknown) => thrown as DinokitError)
  expect(error).toMatchObject({
    code: 'download-failed',
    details: { given: expect.stringMatching(/^401/) as string, hint: expect.stringContaining('HF_TOKEN') as string },
  })
  expect((error as DinokitError).message).toContain(`gated: the hub gives it to those who accepted its license, ${license}`)
  expect((error as DinokitError).details.hint).toContain(`https://huggingface.co/${repo}`)
})

test('opens a gated model by a token, with its license and the vector by which its makers use it', async () => {
  vi.stubEnv('HF_TOKEN', 'hf_accepted')
  await using vision = await open({ model: 'virchow2' })
  expect(vision.card).toMatchObject({
    id: 'virchow2',
    license: 'CC-BY-NC-ND-4.0',
    origin: 'paige-ai/Virchow2',
    embedding: 'class-and-mean',
  })
  const pixels = { data: new Uint8Array(32 * 32 * 3), width: 32, height: 32 }
  const { embedding, cls } = await vision.embed(pixels)
  expect([embedding.shape, embedding.data.slice(0, 16)]).toEqual([[32], cls.data])
})

test('takes what the user says before what it knows', async () => {
  vi.stubEnv('HF_TOKEN', 'hf_accepted')
  await using vision = await open({ model: 'virchow2', card: { embedding: 'class', heads: 8 } })
  expect([vision.card.embedding, vision.fingerprint().pooling]).toEqual(['class', 'cls'])
  expect(vision.card.architecture.heads).toBe(8)
})

test('knows each model by one id and one repository, with a license, and with widths that its heads divide', () => {
  const ids = RELATED_MODELS.flatMap(({ id, repo }) => [id, repo])
  expect(new Set(ids).size).toBe(ids.length)
  for (const { license, shape, card } of RELATED_MODELS) {
    expect(license).not.toBe('')
    expect(shape.dim % (card?.heads ?? 1)).toBe(0)
  }
})
