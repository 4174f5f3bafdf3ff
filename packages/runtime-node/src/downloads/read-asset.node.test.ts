import { bytesSource, type AssetReference, type Progress } from '@dinokit/core'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { download } from './download.ts'
import { findAsset, readAsset } from './read-asset.ts'

const BYTES = randomBytes(3_000_000)
const SHA256 = createHash('sha256').update(BYTES).digest('hex')
const COMMIT = 'c'.repeat(40)

let folder: string
let server: Server
let origin: string
/** Behavior of the server; each test sets its own. */
let answer: (request: IncomingMessage, response: ServerResponse) => void
let requests: { readonly url: string; readonly range: string | undefined; readonly authorization: string | undefined }[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  requests = []
  server = createServer((request, response) => {
    requests.push({ url: request.url!, range: request.headers.range, authorization: request.headers.authorization })
    answer(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('DINOKIT_CACHE', join(folder, 'own'))
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'hub'))
  vi.stubEnv('HF_ENDPOINT', origin)
  vi.stubEnv('HF_HUB_OFFLINE', '')
  vi.stubEnv('HF_TOKEN', '')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await rm(folder, { recursive: true })
})

/** Serves BYTES with ranges; `cut` ends the connection after so many bytes of an answer. */
function serve(request: IncomingMessage, response: ServerResponse, { cut = Infinity, bytes = BYTES, etag = '"v1"' } = {}): void {
  const range = /^bytes=(\d+)-/.exec(request.headers.range ?? '')
  const fresh = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
  const start = range && fresh ? Number(range[1]) : 0
  if (start > 0 && start >= bytes.length) {
    response.writeHead(416).end()
    return
  }
  const part = bytes.subarray(start)
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': part.length,
    etag,
    ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  })
  if (part.length <= cut) response.end(part)
  else response.write(part.subarray(0, cut), () => response.destroy())
}

async function bytesOf(reference: AssetReference): Promise<Uint8Array> {
  const source = await readAsset(reference)
  try {
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

const url = (path = '/weights.bin'): AssetReference => ({ kind: 'url', url: origin + path, sha256: SHA256 })

describe('readAsset, of an address by way of our own cache,', () => {
  test('fetches a file once, with progress, and finds it again', async () => {
    answer = serve
    const progress: Progress[] = []
    expect(await findAsset(url())).toBeUndefined()
    await (await readAsset(url(), { onProgress: (step) => progress.push(step) })).close()
    expect(Buffer.compare(await bytesOf(url()), BYTES)).toBe(0)
    expect(requests).toHaveLength(1)
    expect(progress.at(-1)).toEqual({ name: `${origin}/weights.bin`, done: BYTES.length, total: BYTES.length })
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).toSorted((a, b) => a - b))
    expect(await readFile((await findAsset(url()))!)).toHaveLength(BYTES.length)
  })

  test('goes on where a broken connection stopped', async () => {
    answer = (request, response) => serve(request, response, { cut: 700_000 })
    expect(Buffer.compare(await bytesOf(url()), BYTES)).toBe(0)
    expect(requests.length).toBeGreaterThan(3)
    expect(requests.slice(1).every(({ range }) => /^bytes=[1-9]/.test(range ?? ''))).toBe(true)
  })

  test('goes on where another process was stopped', async () => {
    const controller = new AbortController()
    answer = (request, response) => serve(request, response)
    await expect(
      readAsset(url(), { signal: controller.signal, onProgress: ({ done }) => void (done > 500_000 && controller.abort()) }),
    ).rejects.toMatchObject({ code: 'aborted' })
    const kept = (await readdir(join(folder, 'own'), { recursive: true })).filter((name) => name.endsWith('.incomplete'))
    expect(kept).toHaveLength(1)
    requests.length = 0
    expect(Buffer.compare(await bytesOf(url()), BYTES)).toBe(0)
    expect(requests[0]!.range).toMatch(/^bytes=[1-9]/)
  })

  test('begins again where the file changed on the server in between', async () => {
    const controller = new AbortController()
    answer = (request, response) => serve(request, response, { bytes: Buffer.alloc(BYTES.length, 1), etag: '"old"' })
    await expect(
      readAsset(url(), { signal: controller.signal, onProgress: ({ done }) => void (done > 500_000 && controller.abort()) }),
    ).rejects.toMatchObject({ code: 'aborted' })
    answer = serve
    expect(Buffer.compare(await bytesOf(url()), BYTES)).toBe(0)
  })

  test('rejects a damaged file, and does not keep it', async () => {
    const damaged = Buffer.from(BYTES)
    damaged[1000]! ^= 1
    answer = (request, response) => serve(request, response, { bytes: damaged })
    await expect(bytesOf(url())).rejects.toMatchObject({ code: 'download-corrupt' })
    expect(await findAsset(url())).toBeUndefined()
    expect((await readdir(join(folder, 'own'), { recursive: true })).filter((name) => name.includes('incomplete'))).toEqual([])
    answer = serve
    expect(Buffer.compare(await bytesOf(url()), BYTES)).toBe(0)
  })

  test('rejects a file of another length than promised', async () => {
    answer = serve
    await expect(bytesOf({ kind: 'url', url: `${origin}/x`, size: 5 })).rejects.toMatchObject({ code: 'download-corrupt' })
  })

  test('accepts a refusal, and asks again after a passing failure', async () => {
    answer = (_, response) => response.writeHead(404).end()
    await expect(bytesOf(url())).rejects.toMatchObject({ code: 'file-not-found' })
    expect(requests).toHaveLength(1)
    let stumbles = 2
    answer = (request, response) => (stumbles-- > 0 ? void response.writeHead(503).end() : serve(request, response))
    expect(Buffer.compare(await bytesOf(url()), BYTES)).toBe(0)
  })

  test('gives up a stalled connection, and takes it up again', async () => {
    let first = true
    answer = (request, response) => {
      if (!first) return serve(request, response)
      first = false
      response.writeHead(200, { 'content-length': BYTES.length, etag: '"v1"' })
      response.write(BYTES.subarray(0, 1000))
    }
    const path = join(folder, 'stalled.bin')
    await download({ name: 'stalled', url: `${origin}/x`, path, stallMs: 2000, digest: { kind: 'sha256', hex: SHA256 } })
    expect(await readFile(path)).toHaveLength(BYTES.length)
    expect(requests[1]!.range).toBe('bytes=1000-')
  })

  test('names a full disk before anything is fetched', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 52 })
      response.write('x')
    }
    await expect(bytesOf({ kind: 'url', url: `${origin}/x` })).rejects.toMatchObject({ code: 'disk-full' })
  })

  test('gives what it was the first time, or rejects it until the change is accepted', async () => {
    const reference: AssetReference = { kind: 'url', url: `${origin}/meta.pth` }
    answer = serve
    await bytesOf(reference)
    const path = (await findAsset(reference))!
    const [record] = (await readdir(join(folder, 'own', 'first-downloads'))).map((name) => join(folder, 'own', 'first-downloads', name))
    expect(JSON.parse(await readFile(record!, 'utf8'))).toMatchObject({ name: `${origin}/meta.pth`, size: BYTES.length, sha256: SHA256 })
    const changed = Buffer.from(BYTES)
    changed[1000]! ^= 1
    for (const bytes of [changed, changed.subarray(0, 2_000_000)]) {
      await rm(path, { force: true })
      answer = (request, response) => serve(request, response, { bytes, etag: '"v2"' })
      await expect(bytesOf(reference)).rejects.toMatchObject({
        code: 'download-changed',
        message: expect.stringContaining(`delete ${record}`) as string,
      })
      expect(await findAsset(reference)).toBeUndefined()
    }
    // What was not changed comes again.
    answer = serve
    await bytesOf(reference)
    await rm(path)
    answer = (request, response) => serve(request, response, { bytes: changed, etag: '"v2"' })
    await rm(record!)
    expect(Buffer.compare(await bytesOf(reference), changed)).toBe(0)
  })

  test('rejects a page in place of a file', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>Sign in')
    await expect(bytesOf({ kind: 'url', url: `${origin}/x` })).rejects.toMatchObject({ code: 'download-corrupt' })
  })

  test('asks a busy server again as late as it says', async () => {
    const at: number[] = []
    answer = (request, response) => {
      at.push(performance.now())
      if (at.length > 1) serve(request, response)
      else response.writeHead(429, { 'retry-after': '1' }).end()
    }
    expect(Buffer.compare(await bytesOf(url()), BYTES)).toBe(0)
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(990)
    answer = (_, response) => response.writeHead(503, { 'retry-after': '7200' }).end()
    await expect(bytesOf(url('/other'))).rejects.toMatchObject({
      code: 'download-failed',
      details: { hint: expect.stringContaining('120 minutes') as string },
    })
  })

  test('fetches once for two at once', async () => {
    answer = serve
    const [a, b] = await Promise.all([bytesOf(url()), bytesOf(url())])
    expect(Buffer.compare(a, b)).toBe(0)
    expect(requests).toHaveLength(1)
  })

  test('fetches once for two processes at once', async () => {
    answer = serve
    const script = join(folder, 'fetch.mjs')
    await writeFile(
      script,
      `import { readAsset } from ${JSON.stringify(fileURLToPath(new URL('read-asset.ts', import.meta.url)))}\nawait (await readAsset(${JSON.stringify(url())})).close()\n`,
    )
    const codes = await Promise.all(
      [1, 2].map(() => new Promise((done) => spawn(process.execPath, [...TYPESCRIPT, script], { stdio: 'inherit' }).on('exit', done))),
    )
    expect(codes).toEqual([0, 0])
    expect(requests).toHaveLength(1)
  })

  test('breaks the lock of a process that died', async () => {
    answer = serve
    const path = join(folder, 'locked.bin')
    await writeFile(`${path}.lock`, '')
    const { utimes } = await import('node:fs/promises')
    await utimes(`${path}.lock`, new Date(0), new Date(0))
    await download({ name: 'locked', url: `${origin}/x`, path })
    expect(await readFile(path)).toHaveLength(BYTES.length)
    await expect(stat(`${path}.lock`)).rejects.toThrow()
  })
})

describe('readAsset, of the hub by way of the standard cache,', () => {
  const reference: AssetReference = { kind: 'hub', repo: 'facebook/dinov2-small', file: 'model.safetensors' }
  const small = Buffer.from('{"hidden_size":384}')
  const gitSha1 = createHash('sha1').update(`blob ${small.length}\0`).update(small).digest('hex')

  /** Answers as the hub's API does. */
  function hub(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url!.split('?')[0]!
    const json = (value: unknown): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (path === '/api/models/facebook/dinov2-small/revision/main') return json({ _id: '1', id: 'facebook/dinov2-small', sha: COMMIT })
    if (path === `/api/models/facebook/dinov2-small/paths-info/${COMMIT}`) {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const [file] = (JSON.parse(body) as { paths: string[] }).paths
        if (file === 'model.safetensors')
          json([
            {
              type: 'file',
              path: file,
              size: BYTES.length,
              oid: '1'.repeat(40),
              lfs: { oid: SHA256, size: BYTES.length, pointerSize: 134 },
            },
          ])
        else json(file === 'config.json' ? [{ type: 'file', path: file, size: small.length, oid: gitSha1 }] : [])
      })
      return
    }
    if (path === `/facebook/dinov2-small/resolve/${COMMIT}/model.safetensors`) return serve(request, response)
    if (path === `/facebook/dinov2-small/resolve/${COMMIT}/config.json`) return serve(request, response, { bytes: small })
    response.writeHead(404).end()
  }

  test('lays files out as Python’s huggingface_hub does, and does not ask again', async () => {
    answer = hub
    expect(Buffer.compare(await bytesOf(reference), BYTES)).toBe(0)
    expect(Buffer.from(await bytesOf({ ...reference, file: 'config.json' })).toString()).toBe(small.toString())
    const repo = join(folder, 'hub', 'models--facebook--dinov2-small')
    expect(await readFile(join(repo, 'refs', 'main'), 'utf8')).toBe(COMMIT)
    expect((await readdir(join(repo, 'blobs'))).sort()).toEqual([gitSha1, SHA256].sort())
    expect((await readdir(join(repo, 'snapshots', COMMIT))).sort()).toEqual(['config.json', 'model.safetensors'])
    const asked = requests.length
    await bytesOf(reference)
    expect(requests).toHaveLength(asked)
    expect(await findAsset(reference)).toBe(join(repo, 'snapshots', COMMIT, 'model.safetensors'))
  })

  test('gives what it was the first time also after the cache is gone, at another commit and on another mirror', async () => {
    answer = hub
    await bytesOf(reference)
    const [record] = await readdir(join(folder, 'own', 'first-downloads'))
    const path = join(folder, 'own', 'first-downloads', record!)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ commit: COMMIT, sha256: SHA256, size: BYTES.length })
    await rm(join(folder, 'hub'), { recursive: true })
    const moved = 'd'.repeat(40)
    const at =
      (sha256: string): typeof answer =>
      (request, response) => {
        if (request.url!.startsWith('/api/')) response.writeHead(404).end()
        else if (request.method === 'HEAD')
          response
            .writeHead(200, { 'x-repo-commit': moved, 'x-linked-size': BYTES.length, 'x-linked-etag': `"${sha256}"`, 'content-length': 0 })
            .end()
        else serve(request, response)
      }
    answer = at('0'.repeat(64))
    requests.length = 0
    await expect(bytesOf(reference)).rejects.toMatchObject({
      code: 'download-changed',
      message: expect.stringMatching(new RegExp(`${COMMIT}.*delete ${path}`)) as string,
    })
    // It is refused by what the hub says, before anything is fetched.
    expect(requests.some(({ url: asked }) => asked.includes(`resolve/${moved}`))).toBe(false)
    answer = at(SHA256)
    expect(Buffer.compare(await bytesOf(reference), BYTES)).toBe(0)
    expect(await findAsset(reference)).toContain(moved)
  })

  test('takes a file of a mirror that says neither commit nor digest, and finds it again', async () => {
    answer = (request, response) => (request.url!.startsWith('/api/') ? response.writeHead(405).end() : serve(request, response))
    expect(Buffer.compare(await bytesOf(reference), BYTES)).toBe(0)
    const asked = requests.length
    expect(Buffer.compare(await bytesOf(reference), BYTES)).toBe(0)
    expect(requests).toHaveLength(asked)
    expect(await findAsset(reference)).toContain(join(folder, 'own'))
  })

  test('sends HF_TOKEN, and only then', async () => {
    answer = hub
    await bytesOf({ ...reference, file: 'config.json' })
    expect(requests.every(({ authorization }) => authorization === undefined)).toBe(true)
    vi.stubEnv('HF_TOKEN', 'hf_secret')
    requests.length = 0
    await bytesOf(reference)
    expect(requests.every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true)
  })

  test('uses what is there under HF_HUB_OFFLINE, and rejects what is not without a request', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    await expect(readAsset(reference)).rejects.toMatchObject({ code: 'offline' })
    expect(requests).toEqual([])
    vi.stubEnv('HF_HUB_OFFLINE', '0')
    answer = hub
    await bytesOf(reference)
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    expect(Buffer.compare(await bytesOf(reference), BYTES)).toBe(0)
  })

  test('names files that the hub lacks, and users that it refuses', async () => {
    answer = hub
    await expect(readAsset({ ...reference, file: 'nothing.bin' })).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(readAsset({ ...reference, repo: 'nobody/nothing' })).rejects.toMatchObject({ code: 'file-not-found' })
    answer = (_, response) => response.writeHead(401).end()
    await expect(readAsset(reference)).rejects.toMatchObject({
      code: 'download-failed',
      details: { hint: expect.stringContaining('HF_TOKEN') as string },
    })
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9')
    await expect(readAsset(reference)).rejects.toMatchObject({ code: 'download-failed' })
  })

  test.each(['../../etc/passwd', 'a/../../b', '/etc/passwd', 'a\\b', ''])('rejects a file %j outside the repository', async (file) => {
    await expect(readAsset({ ...reference, file })).rejects.toMatchObject({ code: 'invalid-option' })
    expect(requests).toEqual([])
  })
})

describe('readAsset, of a file,', () => {
  test('reads at any offset, and rejects ranges outside it', async () => {
    const path = join(folder, 'a.bin')
    await writeFile(path, BYTES)
    const source = await readAsset({ kind: 'file', path })
    expect(source.size).toBe(BYTES.length)
    expect(Buffer.compare(await source.read(1_000_001, 500), BYTES.subarray(1_000_001, 1_000_501))).toBe(0)
    for (const of of [source, bytesSource('x', BYTES)]) {
      for (const [offset, length] of [
        [-1, 2],
        [0, BYTES.length + 1],
        [BYTES.length, 1],
        [0.5, 1],
        [0, NaN],
      ] as const) {
        await expect(of.read(offset, length)).rejects.toMatchObject({ code: 'file-unreadable' })
      }
    }
    await source.close()
    await source.close()
    await expect(source.read(0, 1)).rejects.toMatchObject({ code: 'disposed' })
  })

  test('rejects a missing one and a folder, naming them', async () => {
    await expect(readAsset({ kind: 'file', path: join(folder, 'no') })).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(readAsset({ kind: 'file', path: folder })).rejects.toMatchObject({ code: 'file-unreadable' })
  })
})
