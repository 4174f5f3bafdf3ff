import { DinokitError } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashImage } from './hash-image.ts'

const BYTES = new TextEncoder().encode('not an image, which nobody asks a hash about')
const HASH = createHash('sha256').update(BYTES).digest('hex')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-hash-'))
  await writeFile(join(folder, 'file'), BYTES)
})
afterAll(() => rm(folder, { recursive: true }))

test('gives a file one hash, however it is named', async () => {
  const path = join(folder, 'file')
  for (const source of [path, pathToFileURL(path), BYTES, BYTES.slice().buffer, new Blob([BYTES])])
    expect(await hashImage(source)).toBe(HASH)
  expect(await hashImage(`data:image/png;base64,${Buffer.from(BYTES).toString('base64')}`)).toBe(HASH)
})

test('says what can’t be hashed: nothing there, a folder, a stream, and work that is canceled', async () => {
  const code = async (source: Parameters<typeof hashImage>[0], signal?: AbortSignal): Promise<unknown> =>
    hashImage(source, signal && { signal }).catch((error: unknown) => DinokitError.is(error) && error.code)
  expect(await code(join(folder, 'nothing'))).toBe('file-not-found')
  expect(await code(folder)).toBe('file-unreadable')
  expect(await code(Readable.from([BYTES]))).toBe('invalid-option')
  expect(await code({ data: new Uint8Array(3), width: 2, height: 2 })).toBe('image-unreadable')
  expect(await code(join(folder, 'file'), AbortSignal.abort())).toBe('aborted')
})
