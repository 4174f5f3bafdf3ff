import { IMAGENET_PREPROCESSING, prepare, prepareImage as prepareHere, type InputSize, type PreparedImage } from '@dinokit/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { decodeImage } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'
import { prepareImage } from './prepare-image.ts'

const CHELSEA = new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url).href
const options = { preprocessing: IMAGENET_PREPROCESSING, patch: 14 }
const blob = async (): Promise<Blob> => (await fetch(CHELSEA)).blob()

/** All but the times. */
function made({ pixels, placement, padding }: PreparedImage): object {
  return { pixels, placement, padding }
}

describe.each([{ worker: true }, { worker: false }])('prepared as by decoding all of it, %o', (where) => {
  test.each<[string, () => ImageSource | Promise<ImageSource>]>([
    ['address', () => CHELSEA],
    ['Blob', blob],
    ['bytes', async () => new Uint8Array(await (await blob()).arrayBuffer())],
    ['ImageBitmap', async () => createImageBitmap(await blob(), { colorSpaceConversion: 'none' })],
    ['pixels', () => decodeImage(CHELSEA)],
  ])('%s', async (_, source) => {
    const expected = prepare(await decodeImage(CHELSEA), options)
    expect(made(await prepareImage(await source(), { ...options, ...where }))).toEqual(made({ ...expected, decode: 0, prepare: 0 }))
  })

  test('of every size, mirrored too', async () => {
    const whole = await decodeImage(CHELSEA)
    const sizes: InputSize[] = [98, { width: 140, height: 70 }, { shortest: 112 }, 'native', 'pad']
    for (const size of sizes) {
      const all = { ...options, size, flip: true }
      const expected = prepare(whole, all)
      expect(made(await prepareImage(CHELSEA, { ...all, ...where })), JSON.stringify(size)).toEqual(
        made({ ...expected, decode: 0, prepare: 0 }),
      )
    }
  })

  test('refuses broken, too large, wrongly sized and canceled images as decoding does', async () => {
    const cases: [ImageSource, object][] = [
      [Uint8Array.of(1, 2, 3), {}],
      ['/flaky/no?status=404', {}],
      [CHELSEA, { pixelLimit: 100 }],
      [CHELSEA, { size: 30 }],
      [CHELSEA, { signal: AbortSignal.abort() }],
    ]
    for (const [source, more] of cases) {
      const all = { ...options, ...more }
      const decoding = { decodeImage: (of: ImageSource, said?: object) => decodeImage(of, { ...said, worker: false }) }
      const expected = (await prepareHere(decoding, source, all).catch((error: unknown) => error)) as Error & Record<string, unknown>
      expect(expected).toMatchObject({ name: 'DinokitError' })
      await expect(prepareImage(source, { ...all, ...where })).rejects.toMatchObject({
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
    // Whatever worker there was from before is gone.
    vi.advanceTimersByTime(60_000)
    await prepareImage(CHELSEA, options)
    const first = started
    for (let image = 0; image < 4; image++) {
      vi.advanceTimersByTime(7_000)
      await prepareImage(CHELSEA, options)
    }
    expect(started).toBe(first)
    vi.advanceTimersByTime(60_000)
    await prepareImage(CHELSEA, options)
    expect(started).toBe(first + 1)
  })
})
