import { IMAGENET_PREPROCESSING, preprocess, preprocessImage, type InputSize, type ModelInput } from '@dinokit/core'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { createDecodeHost } from './decode-host.ts'
import type { ImageSource } from './image-source.ts'
import { decodeImage as decode, openImage } from './open-image.ts'
import { preprocessInWorker } from './preprocess-in-worker.ts'

const CHELSEA = new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url).href
const worker = createDecodeHost()
afterAll(() => worker.close())
const decodeImage = (source: ImageSource): ReturnType<typeof decode> => decode(source, {}, worker)
const options = { preprocessing: IMAGENET_PREPROCESSING, patch: 14 }
const blob = async (): Promise<Blob> => (await fetch(CHELSEA)).blob()

/** All but the times. */
function made({ pixels, placement, padding }: ModelInput): object {
  return { pixels, placement, padding }
}

describe.each([{ worker: true }, { worker: false }])('an image is prepared as by decoding all of it, %o', (where) => {
  test.each<[string, () => ImageSource | Promise<ImageSource>]>([
    ['address', () => CHELSEA],
    ['Blob', blob],
    ['bytes', async () => new Uint8Array(await (await blob()).arrayBuffer())],
    ['ImageBitmap', async () => createImageBitmap(await blob(), { colorSpaceConversion: 'none' })],
    ['pixels', () => decodeImage(CHELSEA)],
  ])('holds for %s', async (_, source) => {
    const expected = preprocess(await decodeImage(CHELSEA), options)
    expect(made(await preprocessInWorker(await source(), options, where.worker ? worker : undefined))).toEqual(made(expected))
  })

  test('holds for every size, mirrored too', async () => {
    const whole = await decodeImage(CHELSEA)
    const sizes: InputSize[] = [98, { width: 140, height: 70 }, { shortest: 112 }, 'native', 'pad']
    for (const size of sizes) {
      const all = { ...options, size, flip: true }
      const expected = preprocess(whole, all)
      expect(made(await preprocessInWorker(CHELSEA, all, where.worker ? worker : undefined)), JSON.stringify(size)).toEqual(made(expected))
    }
  })

  test('rejects broken, too large, wrongly sized and canceled images as decoding does', async () => {
    const cases: [ImageSource, object][] = [
      [Uint8Array.of(1, 2, 3), {}],
      ['/flaky/no?status=404', {}],
      [CHELSEA, { pixelLimit: 100 }],
      [CHELSEA, { size: 30 }],
      [CHELSEA, { signal: AbortSignal.abort() }],
    ]
    for (const [source, more] of cases) {
      const all = { ...options, ...more }
      const opening = { openImage: (of: ImageSource, said: object = {}) => openImage(of, said, undefined) }
      const expected = (await preprocessImage(opening, source, all).catch((error: unknown) => error)) as Error & Record<string, unknown>
      expect(expected).toMatchObject({ name: 'DinokitError' })
      await expect(preprocessInWorker(source, all, where.worker ? worker : undefined)).rejects.toMatchObject({
        name: 'DinokitError',
        code: expected.code,
        message: expected.message,
        details: expected.details,
      })
    }
  })
})

describe('the decoding worker', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  test('serves every image, and ends when none came for a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let started = 0
    vi.stubGlobal(
      'Worker',
      class extends Worker {
        constructor(address: string | URL, said?: WorkerOptions) {
          super(address, said)
          started++
        }
      },
    )
    const host = createDecodeHost()
    await preprocessInWorker(CHELSEA, options, host)
    for (let image = 0; image < 4; image++) {
      vi.advanceTimersByTime(7_000)
      await preprocessInWorker(CHELSEA, options, host)
    }
    expect(started).toBe(1)
    vi.advanceTimersByTime(60_000)
    await preprocessInWorker(CHELSEA, options, host)
    expect(started).toBe(2)
    await host.close()
  })

  test('ends after what it is at, refuses what comes later, and is closed twice in peace', async () => {
    const host = createDecodeHost()
    const encoded = await blob()
    const running = host.call((remote) => remote.decode({ name: 'chelsea', blob: encoded }, undefined, undefined))
    await Promise.all([host.close(), host.close()])
    expect((await running).width).toBe(451)
    await expect(preprocessInWorker(encoded, options, host)).rejects.toMatchObject({ code: 'disposed' })
  })
})
