import { createRandom, dinov2Recipe, multiCrop } from '@dinokit/core/augment'
import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { decodeImage } from './open-image.ts'
import type { ImageSource } from './image-source.ts'
import { createImageThreads } from './image-threads.ts'

const threads = createImageThreads()
const cropImage = threads.crop
afterAll(() => threads.close())

const IMAGE = fileURLToPath(new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const recipe = dinov2Recipe({ globalSize: 56, localSize: 28, locals: 2 })

test('crops every kind of source in a thread as it would be here', async () => {
  const bytes = await readFile(IMAGE)
  const pixels = await decodeImage(IMAGE)
  const sources: Record<string, ImageSource> = {
    path: IMAGE,
    file: pathToFileURL(IMAGE),
    data: new URL(`data:image/jpeg;base64,${bytes.toString('base64')}`),
    buffer: bytes,
    arrayBuffer: new Uint8Array(bytes).buffer,
    blob: new Blob([bytes]),
    stream: createReadStream(IMAGE),
    webStream: Readable.toWeb(createReadStream(IMAGE)) as ReadableStream<Uint8Array>,
    pixels,
  }
  const expected = multiCrop(pixels, recipe, createRandom(3, 1))
  for (const [kind, source] of Object.entries(sources)) expect(await cropImage(source, { recipe, keys: [3, 1] }), kind).toEqual(expected)
})

test('computes next to nothing on this thread meanwhile', async () => {
  const whole = dinov2Recipe()
  await cropImage(IMAGE, { recipe: whole, keys: [0] })
  const before = performance.eventLoopUtilization()
  await Promise.all([1, 2, 3, 4, 5, 6].map((key) => cropImage(IMAGE, { recipe: whole, keys: [key] })))
  // Done here, it would be all of the time.
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5)
})

test('fails by code for a broken image, one of too many pixels, and invalid keys, and the thread goes on', async () => {
  const crop = (source: ImageSource, pixelLimit?: number): Promise<unknown> =>
    cropImage(source, { recipe, keys: [1], ...(pixelLimit !== undefined && { pixelLimit }) })
  await expect(crop(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'image-unsupported' })
  await expect(crop('no-such.jpg')).rejects.toMatchObject({
    code: 'file-not-found',
    details: { given: expect.stringContaining('no-such.jpg') },
  })
  await expect(crop(IMAGE, 100)).rejects.toMatchObject({ code: 'image-too-large' })
  await expect(cropImage(IMAGE, { recipe, keys: [-1] })).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(crop(IMAGE)).resolves.toBeDefined()
})
