import { compareFingerprints } from '@dinokit/core'
import { createRuntime, createVision, loadBackbone, open, type ImageSource } from 'dinokit'
import { expect, test } from 'vitest'

/** Photographs that are at least four times as large as what they are resized to for an input of so many pixels. */
const SIZE = 56
const PHOTOS = ['astronaut', 'chelsea', 'coffee', 'rocket'].map(
  (name): ImageSource => new URL(`../../../examples/first-look/images/${name}.jpg`, import.meta.url),
)

/** Smallest cosines to exact decoding's tokens that docs/images.md states for these photographs. */
const LEAST = { image: 0.995, patch: 0.97 }

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

test('decodes large JPEG files fast within the tolerance that is stated, and says so in fingerprints', async () => {
  await using exact = await open({ size: SIZE })
  await using fast = await open({ size: SIZE, decode: 'fast' })
  const streamed = fast.stream(PHOTOS, { pixels: true })
  for (const photo of PHOTOS) {
    const expected = await exact.embed(photo, { pixels: true })
    const { tokens } = (await streamed.next()).value!
    expect(tokens!.placement).toEqual(expected.placement)
    // Other pixels show that it was decoded in another way.
    expect(tokens!.pixels!.data).not.toEqual(expected.pixels!.data)
    expect(cosine(tokens!.cls.data, expected.cls.data)).toBeGreaterThanOrEqual(LEAST.image)
    const { length } = expected.cls.data
    for (let start = 0; start < expected.patches.data.length; start += length) {
      const [a, b] = [tokens!, expected].map(({ patches }) => patches.data.subarray(start, start + length))
      expect(cosine(a!, b!)).toBeGreaterThanOrEqual(LEAST.patch)
    }
    expect(tokens!.fingerprint).toEqual(fast.fingerprint())
    expect(tokens!.fingerprint.preprocessing).toBe(`fast-${expected.fingerprint.preprocessing}`)
    expect(compareFingerprints(expected.fingerprint, tokens!.fingerprint, 'mix').refused).toEqual(['preprocessing'])
    expect(compareFingerprints(expected.fingerprint, tokens!.fingerprint, 'read').refused).toEqual([])
  }
  // What is not four times as large is decoded exactly.
  const [a, b] = await Promise.all([exact, fast].map((vision) => vision.embed(PHOTOS[1]!, { size: 2 * SIZE })))
  expect(b!.cls.data).toEqual(a!.cls.data)
})

test('refuses a way to decode that there is not, and what is no image', async () => {
  const runtime = createRuntime()
  const backbone = await loadBackbone(runtime, 'tiny')
  let closed = 0
  const counted = { ...backbone, close: () => backbone.close().then(() => void closed++) }
  await expect(createVision(runtime, counted, { decode: 'quick' as 'fast' })).rejects.toMatchObject({ code: 'invalid-option' })
  expect(closed).toBe(1)
  await using fast = await open({ size: SIZE, decode: 'fast' })
  await expect(fast.embed(new TextEncoder().encode('hello, this is text'))).rejects.toMatchObject({ code: 'image-unsupported' })
})
