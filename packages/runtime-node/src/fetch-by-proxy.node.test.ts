import { serveLocally, type LocalServer } from '@dinokit/testing/serve-locally'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { decodeImage } from './images/open-image.ts'
import { readAsset } from './downloads/read-asset.ts'

let folder: string
let files: LocalServer
let proxy: Server
/** Requests to the proxy: to where, and as whom. */
let tunnels: { readonly to: string; readonly as: string | undefined }[]
/** Credentials that the proxy lets in; everybody where it is undefined. */
let allowed: string | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  files = await serveLocally()
  tunnels = []
  allowed = undefined
  proxy = createServer((_, response) => response.writeHead(400).end()).on('connect', (request, client, head) => {
    tunnels.push({ to: request.url!, as: request.headers['proxy-authorization'] })
    if (allowed !== undefined && request.headers['proxy-authorization'] !== allowed) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    // Names that only the proxy knows: it stands for the way out of a network.
    const upstream = connect(Number(request.url!.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toLowerCase(), undefined)
  }
  vi.stubEnv('DINOKIT_CACHE', join(folder, 'own'))
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'hub'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  proxy.closeAllConnections()
  proxy.close()
  await files[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const proxyHost = (): string => `127.0.0.1:${(proxy.address() as AddressInfo).port}`
const port = (): string => new URL(files.origin).port
const outside = (path = '/flaky/outside?size=1000'): string => `http://outside.test:${port()}${path}`

async function lengthOf(url: string): Promise<number> {
  await using source = await readAsset({ kind: 'url', url }).then((opened) => ({
    size: opened.size,
    [Symbol.asyncDispose]: () => opened.close(),
  }))
  return source.size
}

describe('a proxy that the environment names', () => {
  test('is the way to files, to the hub and to images', async () => {
    vi.stubEnv('HTTP_PROXY', `http://${proxyHost()}`)
    expect(await lengthOf(outside())).toBe(1000)
    vi.stubEnv('HF_ENDPOINT', outside(`/flaky-hub/${'a'.repeat(64)}`))
    await expect(readAsset({ kind: 'hub', repo: 'someone/model', file: 'none.bin' })).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(decodeImage(outside('/flaky/none?status=404'))).rejects.toMatchObject({ code: 'file-not-found' })
    expect(new Set(tunnels.map(({ to }) => to))).toEqual(new Set([`outside.test:${port()}`]))
  })

  test('is given its user and password, has no need of http://, and is named without them where it refuses', async () => {
    allowed = `Basic ${Buffer.from('me:s3cret').toString('base64')}`
    vi.stubEnv('http_proxy', `me:s3cret@${proxyHost()}`)
    expect(await lengthOf(outside())).toBe(1000)
    vi.stubEnv('http_proxy', `http://me:wrong@${proxyHost()}`)
    vi.stubEnv('HF_ENDPOINT', outside('/flaky-hub'))
    const error = await readAsset({ kind: 'hub', repo: 'someone/model', file: 'x.bin' }).catch((cause: unknown) => cause)
    expect(error).toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(/407.*http_proxy, 127\.0\.0\.1/) as string,
    })
    expect(JSON.stringify(error)).not.toContain('wrong')
  })

  test('is passed by for what NO_PROXY names', async () => {
    vi.stubEnv('HTTP_PROXY', `http://${proxyHost()}`)
    vi.stubEnv('NO_PROXY', 'example.test, 127.0.0.1')
    expect(await lengthOf(`${files.origin}/flaky/inside?size=1000`)).toBe(1000)
    expect(tunnels).toEqual([])
    vi.stubEnv('NO_PROXY', '')
    expect(await lengthOf(`${files.origin}/flaky/by-proxy?size=1000`)).toBe(1000)
    expect(tunnels).toHaveLength(1)
  })

  test('is told of, without its password, where it is no address of one', async () => {
    vi.stubEnv('HTTP_PROXY', 'ftp://me:s3cret@proxy.test')
    const error = await readAsset({ kind: 'url', url: outside() }).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'invalid-option', message: expect.stringContaining('HTTP_PROXY') as string })
    expect(JSON.stringify(error)).not.toContain('s3cret')
  })
})

const openssl = spawnSync('openssl', ['version']).status === 0

test.skipIf(!openssl)('https goes by way of HTTPS_PROXY, in a process of its own (needs openssl)', async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  spawnSync('openssl', [...request, '-subj', '/CN=secure.test', '-addext', 'subjectAltName=DNS:secure.test', '-keyout', key, '-out', cert])
  const secure = createSecureServer({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => response.end('12345'))
  await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done))
  const url = `https://secure.test:${(secure.address() as AddressInfo).port}/five.bin`
  const read = JSON.stringify(fileURLToPath(new URL('downloads/read-asset.ts', import.meta.url)))
  const script = `import(${read}).then(async ({ readAsset }) => console.log((await readAsset({ kind: 'url', url: ${JSON.stringify(url)} })).size))`
  const child = spawn(process.execPath, [...TYPESCRIPT, '--eval', script], {
    env: { ...process.env, HTTPS_PROXY: `http://${proxyHost()}`, NODE_EXTRA_CA_CERTS: cert },
  })
  let [said, warned] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (said += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (warned += String(chunk)))
  await once(child, 'close')
  secure.closeAllConnections()
  secure.close()
  expect(said.trim(), warned).toBe('5')
  expect(new Set(tunnels.map(({ to }) => to))).toEqual(new Set([new URL(url).host]))
})
