import { type AssetReference, type Progress } from '@dinokit/core'
import { flakyBytes } from '@dinokit/testing/flaky-server'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { cdp } from 'vitest/browser'
import { clearCache, listCache } from './cache.ts'
import { download } from './download.ts'
import { findAsset, readAsset } from './read-asset.ts'

// More than the browser keeps in one part.
const SIZE = 12_000_000
const BYTES = flakyBytes(SIZE)
const SHA256 = bytesToHex(sha256(BYTES))
/** Every test has a file of its own: HTTP servers remember. */
let file = 0
beforeEach(async () => {
  file++
  await clearCache()
})
afterAll(() => clearCache())

const address = (query = '', path = `/flaky/${file}`): string => `${location.origin}${path}?size=${SIZE}${query}`
const reference = (query?: string): AssetReference => ({ kind: 'url', url: address(query), sha256: SHA256 })
const ranges = async (): Promise<string[]> => (await (await fetch(`/flaky/x?log=/flaky/${file}`)).json()) as string[]
async function bytesOf(of: AssetReference, options?: Parameters<typeof readAsset>[1]): Promise<Uint8Array> {
  const source = await readAsset(of, options)
  return source.read(0, source.size)
}
const whole = async (of: AssetReference): Promise<boolean> => bytesToHex(sha256(await bytesOf(of))) === SHA256

describe('readAsset, of an address by way of the browser’s cache,', () => {
  test('fetches a file once, with progress, finds it again, lists it and clears it', async () => {
    const progress: Progress[] = []
    expect(await findAsset(reference())).toBeUndefined()
    await readAsset(reference(), { onProgress: (step) => progress.push(step) })
    expect(await whole(reference())).toBe(true)
    expect(await ranges()).toEqual(['all'])
    expect(progress.at(-1)).toEqual({ name: address(), done: SIZE, total: SIZE })
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).toSorted((a, b) => a - b))
    expect(await findAsset(reference())).toBe(address())
    expect(await listCache()).toEqual([{ name: address(), url: address(), size: SIZE, complete: true }])
    await clearCache(address())
    expect(await listCache()).toEqual([])
    expect(await findAsset(reference())).toBeUndefined()
  })

  test('goes on where a broken connection stopped', async () => {
    expect(await whole(reference('&cut=4500000'))).toBe(true)
    const asked = await ranges()
    expect(asked.length).toBeGreaterThanOrEqual(3)
    expect(asked.slice(1).every((range) => /^bytes=[1-9]/.test(range))).toBe(true)
  })

  test('goes on where it was canceled', async () => {
    const controller = new AbortController()
    const reading = readAsset(reference('&slow=5'), {
      signal: controller.signal,
      onProgress: ({ done }) => void (done > 3_000_000 && controller.abort()),
    })
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
    expect(await listCache()).toMatchObject([{ complete: false }])
    expect(await findAsset(reference('&slow=5'))).toBeUndefined()
    expect(await whole(reference('&slow=5'))).toBe(true)
    expect((await ranges())[1]).toMatch(/^bytes=[1-9]/)
  })

  test('goes on where a page or worker that ended midway stopped', async () => {
    const worker = new Worker(new URL('../testing/download-worker.ts', import.meta.url), { type: 'module' })
    const url = address('&slow=5')
    await new Promise<void>((resolve) => {
      worker.addEventListener('message', ({ data }: MessageEvent<Progress>) => void (data.done > 9_000_000 && resolve()))
      worker.postMessage({ kind: 'url', url, sha256: SHA256 } satisfies AssetReference)
    })
    worker.terminate()
    expect(await listCache()).toMatchObject([{ complete: false }])
    expect(await whole({ kind: 'url', url, sha256: SHA256 })).toBe(true)
    expect((await ranges())[1]).toMatch(/^bytes=[1-9]/)
  })

  test('begins again where the file changed on the server, or the server knows no ranges', async () => {
    for (const [name, before, after] of [
      ['changed', '&etag=old', '&etag=new'],
      ['no ranges', '', '&noranges=1'],
    ] as const) {
      const controller = new AbortController()
      const request = { name, key: name, digest: { kind: 'sha256', hex: SHA256 } as const }
      const stopped = download({
        ...request,
        url: address(`&slow=5${before}`),
        signal: controller.signal,
        onProgress: ({ done }) => void (done > 3_000_000 && controller.abort()),
      })
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
      expect((await download({ ...request, url: address(after) })).size).toBe(SIZE)
    }
  })

  test('rejects a damaged file, and does not keep it', async () => {
    await expect(readAsset(reference('&damage=1'))).rejects.toMatchObject({ code: 'download-corrupt' })
    expect(await listCache()).toEqual([])
    await expect(readAsset({ kind: 'url', url: address(), size: 5 })).rejects.toMatchObject({ code: 'download-corrupt' })
  })

  test('rejects a page in place of a file, a 404, and no server', async () => {
    await expect(readAsset(reference('&page=1'))).rejects.toMatchObject({
      code: 'download-corrupt',
      message: expect.stringContaining('HTML') as string,
    })
    await expect(readAsset({ kind: 'file', path: `/flaky/own?page=1` })).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining('HTML') as string,
    })
    await expect(readAsset(reference('&status=404'))).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(readAsset({ kind: 'file', path: `/flaky/own?status=404` })).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(readAsset(reference('&status=403'))).rejects.toMatchObject({ code: 'download-failed' })
    await expect(download({ name: 'x', key: 'x', url: 'http://localhost:9/x' })).rejects.toMatchObject({ code: 'download-failed' })
    expect(await listCache()).toEqual([])
  })

  test('gives up a stalled connection, and takes it up again', async () => {
    const blob = await download({ name: 'x', key: 'x', url: address('&stall=9000000'), stallMs: 2000 })
    expect(blob.size).toBe(SIZE)
    expect((await ranges())[1]).toMatch(/^bytes=[1-9]/)
  })

  test('asks a busy server again', async () => {
    expect(await whole(reference('&busy=2&wait=0'))).toBe(true)
    await expect(readAsset(reference('&busy=1&wait=3600'))).rejects.toMatchObject({
      code: 'download-failed',
      details: { hint: expect.stringContaining('60 minutes') as string },
    })
  })

  test('rejects a changed file after the browser dropped it, until the cache is cleared of it', async () => {
    const drop = async (url: string): Promise<void> => {
      const cache = await caches.open('dinokit')
      const parts = (await cache.keys()).filter((key) => key.url.includes(encodeURIComponent(url)) && key.url.endsWith('/0'))
      expect(parts).toHaveLength(1)
      await cache.delete(parts[0]!)
    }
    const little = (query = ''): string => `${location.origin}/flaky/${file}?size=300000${query}`
    const same: AssetReference = { kind: 'url', url: little() }
    await readAsset(same)
    await drop(same.url)
    expect(await bytesOf(same)).toEqual(flakyBytes(300_000))
    const later: AssetReference = { kind: 'url', url: little('&later=1') }
    await readAsset(later)
    await drop(later.url)
    for (let time = 0; time < 2; time++) {
      await expect(readAsset(later)).rejects.toMatchObject({
        code: 'download-changed',
        message: expect.stringContaining('clearCache') as string,
      })
      expect(await findAsset(later)).toBeUndefined()
    }
    await clearCache(later.url)
    expect((await bytesOf(later)).length).toBe(300_000)
  })

  test('fetches once for two at once', async () => {
    const [a, b] = await Promise.all([readAsset(reference()), readAsset(reference())])
    expect([a.size, b.size]).toEqual([SIZE, SIZE])
    expect(await ranges()).toEqual(['all'])
  })

  test('names a full store, keeps nothing half, and goes on', async () => {
    const origin = location.origin
    const devtools = cdp() as unknown as { send(method: string, parameters: object): Promise<void> }
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 5_000_000 })
    try {
      await expect(readAsset(reference())).rejects.toMatchObject({ code: 'disk-full' })
      expect(await listCache()).toEqual([])
    } finally {
      await devtools.send('Storage.overrideQuotaForOrigin', { origin })
    }
    expect(await whole(reference())).toBe(true)
  })
})

describe('readAsset, of the hub,', () => {
  const small = flakyBytes(100_000)
  const hub = (hex = bytesToHex(sha256(small)), words = ''): { endpoint: string } => ({
    endpoint: `${location.origin}/flaky-hub/${hex}${words && `/~${words}`}`,
  })
  const model: AssetReference = { kind: 'hub', repo: 'someone/model', file: 'model.bin' }

  test('fetches a file, checks it, and finds it again without a network', async () => {
    expect(await bytesOf(model, { hub: hub() })).toEqual(small)
    expect(await bytesOf(model, { hub: { endpoint: 'http://localhost:9' } })).toEqual(small)
    expect(await listCache()).toMatchObject([{ name: 'someone/model/model.bin', complete: true }])
  })

  test.each(['noapi', 'noapi,cdn', 'noapi,nohead', 'noapi,plain', 'busy=2,wait=0'])('downloads from another mirror: %s', async (words) => {
    expect(await bytesOf(model, { hub: hub(undefined, words) })).toEqual(small)
    await clearCache()
    const wrong = readAsset(model, { hub: hub('0'.repeat(64), words) })
    // The browser does not show what came with a redirection, and a plain mirror says no digest.
    if (/cdn|plain/.test(words)) expect((await wrong).size).toBe(small.length)
    else await expect(wrong).rejects.toMatchObject({ code: 'download-corrupt' })
  })

  test('rejects files that are missing, do not match or can’t be reached', async () => {
    await expect(readAsset({ ...model, file: 'no.bin' }, { hub: hub() })).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(readAsset({ ...model, repo: 'no/body' }, { hub: hub() })).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(readAsset(model, { hub: hub('0'.repeat(64)) })).rejects.toMatchObject({ code: 'download-corrupt' })
    await expect(readAsset(model, { hub: { endpoint: 'http://localhost:9' } })).rejects.toMatchObject({ code: 'download-failed' })
    await expect(readAsset({ ...model, file: '../x' }, { hub: hub() })).rejects.toMatchObject({ code: 'invalid-option' })
    expect(await listCache()).toEqual([])
  })
})
