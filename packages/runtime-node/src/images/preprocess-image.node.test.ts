import { IMAGENET_PREPROCESSING, preprocessImage, type InputSize, type ModelInput } from '@dinokit/core'
import { dinov2Recipe } from '@dinokit/core/augment'
import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openImage } from './open-image.ts'
import type { ImageSource } from './image-source.ts'
import { createImageThreads } from './image-threads.ts'

// Only counts calls: the real one is called.
vi.mock('./open-image.ts', { spy: true })

const IMAGE = fileURLToPath(new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const threads = createImageThreads()
afterAll(() => threads.close())
const options = { preprocessing: IMAGENET_PREPROCESSING, patch: 14, many: true }

/** All but the times. */
function made({ pixels, placement, padding }: ModelInput): object {
  return { pixels, placement, padding }
}

beforeAll(async () => {
  // The first ones are prepared here; threads start when there are more.
  const expected = made(await preprocessImage({ openImage }, IMAGE, options))
  for (let i = 0; i < 6; i++) expect(made(await threads.preprocess(IMAGE, options))).toEqual(expected)
  await vi.waitFor(() => expect(threads.areStarted()).toBe(true), 100_000)
}, 120_000)

test('prepares every kind of source in a thread as it would be here', async () => {
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
    expect(made(await threads.preprocess(source(), options)), kind).toEqual(made(await preprocessImage({ openImage }, source(), options)))
  }
})

test('prepares every size, mirrored too', async () => {
  const sizes: InputSize[] = [224, 98, { width: 140, height: 70 }, { shortest: 112 }, 'native', 'pad']
  for (const [index, size] of sizes.entries()) {
    // What is mirrored and what is not take turns: a thread is told both in one message.
    const all = { ...options, size, flip: index % 2 === 0 }
    expect(made(await threads.preprocess(IMAGE, all)), JSON.stringify(size)).toEqual(made(await preprocessImage({ openImage }, IMAGE, all)))
  }
})

test('decodes none of many images on this thread', async () => {
  vi.mocked(openImage).mockClear()
  await Promise.all(Array.from({ length: 12 }, () => threads.preprocess(IMAGE, options)))
  expect(openImage).not.toHaveBeenCalled()
  await preprocessImage({ openImage }, IMAGE, options)
  expect(openImage).toHaveBeenCalledOnce()
})

test('fails for a broken image, one of too many pixels and a wrong size as here, and the thread goes on', async () => {
  const cases: [ImageSource, object][] = [
    [Uint8Array.of(1, 2, 3), {}],
    ['no-such.jpg', {}],
    [IMAGE, { pixelLimit: 100 }],
    [IMAGE, { size: 30 }],
  ]
  for (const [source, more] of cases) {
    const all = { ...options, ...more }
    const here = (await preprocessImage({ openImage }, source, all).catch((error: unknown) => error)) as Error & Record<string, unknown>
    const there = (await threads.preprocess(source, all).catch((error: unknown) => error)) as Error & Record<string, unknown>
    expect(there).toMatchObject({ name: 'DinokitError', code: here.code, message: here.message, details: here.details })
  }
  await expect(threads.preprocess(IMAGE, { ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  await expect(threads.preprocess(IMAGE, options)).resolves.toBeDefined()
})

test('ends its threads after what they are at, refuses what comes later, and is closed twice in peace', async () => {
  const own = createImageThreads()
  const crop = { recipe: dinov2Recipe({ globalSize: 28, localSize: 14, locals: 1 }), keys: [1] } as const
  const running = own.crop(IMAGE, crop)
  // Its message is on its way once the image was looked at.
  await new Promise((resolve) => setImmediate(resolve))
  await Promise.all([own.close(), own.close()])
  expect((await running).global).toHaveLength(2)
  await expect(own.crop(IMAGE, crop)).rejects.toMatchObject({ code: 'disposed' })
})
