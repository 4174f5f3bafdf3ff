import { openFlakyOrigin } from '@dinokit/testing/flaky-origin'
import { flakyBytes } from '@dinokit/testing/flaky-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DownloadRequest } from './download-request.ts'
import { downloadInto } from './download-into.ts'
import type { Found, PartialFile } from './partial-file.ts'

const SIZE = 20_000
let server: Awaited<ReturnType<typeof openFlakyOrigin>>
beforeAll(async () => void (server = await openFlakyOrigin()))
afterAll(() => server[Symbol.asyncDispose]())

/** A file in memory. */
function memoryFile(begun: Uint8Array = new Uint8Array(0), begunEtag?: string): PartialFile & { readonly committed: Uint8Array[] } {
  let kept = [...begun]
  let etag = begunEtag
  const committed: Uint8Array[] = []
  const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(kept)
  return {
    committed,
    begun: async () => ({ length: kept.length, etag }),
    assertRoom: async () => {},
    async append(start, of) {
      kept = kept.slice(0, start)
      if (start === 0) etag = of
      return {
        async write(chunk) {
          for (const byte of chunk) kept.push(byte)
        },
        close: async () => {},
      }
    },
    async digests(): Promise<Found> {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes()))
      return { size: kept.length, sha256: Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') }
    },
    commit: async () => void committed.push(bytes()),
    async remove() {
      kept = []
      etag = undefined
    },
  }
}

/** Its path tells one test from another, and one run from another. */
const pathOf = (name: string): string => `/flaky/loop-${name}-${Math.random()}`
const request = (path: string, query: string, rest: Partial<DownloadRequest> = {}): DownloadRequest => ({
  name: 'weights',
  url: `${server.origin}${path}?size=${SIZE}${query}`,
  ...rest,
})
const ranges = async (path: string): Promise<string[]> => (await (await fetch(`${server.origin}/flaky/x?log=${path}`)).json()) as string[]

test('asks for what is missing until all of it has come', async () => {
  const [path, file] = [pathOf('cut'), memoryFile()]
  await downloadInto(request(path, '&cut=8000'), file)
  expect(file.committed).toEqual([flakyBytes(SIZE)])
  // A busy browser may drop what it has not read when a connection ends, and asks for the same again.
  expect([...new Set(await ranges(path))]).toEqual(['all', 'bytes=8000-', 'bytes=16000-'])
})

test.each([
  ['of the same ETag is kept', '"v1"', '', ['bytes=1000-']],
  ['of another ETag is dropped', '"v0"', '', ['bytes=1000-', 'all']],
  ['of a weak ETag that differs is dropped', 'W/"v0"', '', ['bytes=1000-', 'all']],
  ['of no ETag is dropped', undefined, '', ['bytes=1000-', 'all']],
  ['is dropped where the server knows no ranges', '"v1"', '&noranges=1', ['bytes=1000-']],
])('takes up what was begun %s', async (name, etag, query, asked) => {
  const [path, file] = [pathOf(name.replaceAll(' ', '-')), memoryFile(flakyBytes(1000), etag)]
  await downloadInto(request(path, query), file)
  expect(file.committed).toEqual([flakyBytes(SIZE)])
  expect(await ranges(path)).toEqual(asked)
})

test('asks for nothing where all of it is there, and begins again where there is more', async () => {
  const [path, whole] = [pathOf('whole'), memoryFile(flakyBytes(SIZE), '"v1"')]
  await downloadInto(request(path, '', { size: SIZE }), whole)
  expect(whole.committed).toHaveLength(1)
  expect(await ranges(path)).toEqual([])
  const more = memoryFile(flakyBytes(SIZE + 1), '"v1"')
  await downloadInto(request(path, '', { size: SIZE }), more)
  expect(more.committed).toEqual([flakyBytes(SIZE)])
})

test('gives up a server that begins elsewhere than it was asked, and keeps nothing of it', async () => {
  const [path, file] = [pathOf('elsewhere'), memoryFile(flakyBytes(1000), '"v1"')]
  const shifted: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    if (headers.has('range')) headers.set('range', 'bytes=999-')
    return fetch(input, { ...init, headers })
  }
  await downloadInto(request(path, '', { fetch: shifted }), file)
  expect(file.committed).toEqual([flakyBytes(SIZE)])
  expect(await ranges(path)).toEqual(['bytes=999-', 'all'])
})

test('rejects a changed file by its length, and a damaged one by its digest, and keeps nothing of either', async () => {
  const first = { accept: 'delete the record', read: async () => ({ size: 5, sha256: '0'.repeat(64), on: '2026-01-01' }) }
  const changed = memoryFile(flakyBytes(1000), '"v1"')
  await expect(downloadInto(request(pathOf('changed'), '', { first }), changed)).rejects.toMatchObject({
    code: 'download-changed',
    message: expect.stringContaining('If the change is meant, delete the record') as string,
  })
  const damaged = memoryFile()
  const digest = { kind: 'sha256', hex: '0'.repeat(64) } as const
  await expect(downloadInto(request(pathOf('damaged'), '', { digest }), damaged)).rejects.toMatchObject({ code: 'download-corrupt' })
  for (const file of [changed, damaged]) expect([await file.begun(), file.committed]).toEqual([{ length: 0, etag: undefined }, []])
})

test('keeps what it has where a page comes in its place', async () => {
  const file = memoryFile(flakyBytes(1000), '"v1"')
  await expect(downloadInto(request(pathOf('page'), '&page=1'), file)).rejects.toMatchObject({ code: 'download-corrupt' })
  expect(await file.begun()).toEqual({ length: 1000, etag: '"v1"' })
})
