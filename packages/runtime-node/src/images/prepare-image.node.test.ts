import { IMAGENET_PREPROCESSING, prepareImage as prepareHere, type InputSize, type PreparedImage } from '@dinokit/core'
import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, expect, test, vi } from 'vitest'
import { decodeImage } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'
import { areImageThreadsStarted } from './image-threads.ts'
import { prepareImage } from './prepare-image.ts'

// Only counts calls: the real one is called.
vi.mock('./decode-image.ts', { spy: true })

const IMAGE = fileURLToPath(new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const options = { preprocessing: IMAGENET_PREPROCESSING, patch: 14, many: true }

/** All but the times. */
function made({ pixels, placement, padding }: PreparedImage): object {
  return { pixels, placement, padding }
}

beforeAll(async () => {
  // The first ones are prepared here; threads start when there are more.
  const expected = made(await prepareHere({ decodeImage }, IMAGE, options))
  for (let i = 0; i < 6; i++) expect(made(await prepareImage(IMAGE, options))).toEqual(expected)
  await vi.waitFor(() => expect(areImageThreadsStarted()).toBe(true), 20_000)
}, 30_000)

test('every kind of source is prepared in a thread as it would be here', async () => {
  const bytes = await readFile(IMAGE)
  const more = new Uint8Array(bytes.length + 20)
  more.set(bytes, 10)
  const sources: Record<string, () => ImageSource> = {
    path: () => IMAGE,
    file: () => pathToFileURL(IMAGE),
    data: () => new URL(`data:image/jpeg;base64,${bytes.toString('base64')}`),
    buffer: () => bytes,
    view: () => more.subarray(10, -10),
    arrayBuffer: () => new Uint8Array(bytes).buffer,
    blob: () => new Blob([bytes]),
    stream: () => createReadStream(IMAGE),
    webStream: () => Readable.toWeb(createReadStream(IMAGE)) as ReadableStream<Uint8Array>,
  }
  for (const [kind, source] of Object.entries(sources)) {
    expect(made(await prepareImage(source(), options)), kind).toEqual(made(await prepareHere({ decodeImage }, source(), options)))
  }
})

test('of every size, mirrored too', async () => {
  const sizes: InputSize[] = [224, 98, { width: 140, height: 70 }, { shortest: 112 }, 'native', 'pad']
  for (const [index, size] of sizes.entries()) {
    // What is mirrored and what is not take turns: a thread is told both in one message.
    const all = { ...options, size, flip: index % 2 === 0 }
    expect(made(await prepareImage(IMAGE, all)), JSON.stringify(size)).toEqual(made(await prepareHere({ decodeImage }, IMAGE, all)))
  }
})

test('this thread decodes none of many images', async () => {
  vi.mocked(decodeImage).mockClear()
  await Promise.all(Array.from({ length: 12 }, () => prepareImage(IMAGE, options)))
  expect(decodeImage).not.toHaveBeenCalled()
  await prepareHere({ decodeImage }, IMAGE, options)
  expect(decodeImage).toHaveBeenCalledOnce()
})

test('a broken image, one of too many pixels and a wrong size fail as they do here, and the thread goes on', async () => {
  const cases: [ImageSource, object][] = [
    [Uint8Array.of(1, 2, 3), {}],
    ['no-such.jpg', {}],
    [IMAGE, { pixelLimit: 100 }],
    [IMAGE, { size: 30 }],
  ]
  for (const [source, more] of cases) {
    const all = { ...options, ...more }
    const here = (await prepareHere({ decodeImage }, source, all).catch((error: unknown) => error)) as Error & Record<string, unknown>
    const there = (await prepareImage(source, all).catch((error: unknown) => error)) as Error & Record<string, unknown>
    expect(there).toMatchObject({ name: 'DinokitError', code: here.code, message: here.message, details: here.details })
  }
  await expect(prepareImage(IMAGE, { ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  await expect(prepareImage(IMAGE, options)).resolves.toBeDefined()
})
