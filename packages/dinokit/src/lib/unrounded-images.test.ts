import { largestDifference, ownGoldens } from '@dinokit/testing'
import { open, type Pixels, type Tokens } from 'dinokit'
import { expect, test } from 'vitest'

const TOLERANCE = 1e-4
const MODEL = ownGoldens.address('dinov3/huggingface').href
const [width, height] = [140, 90]
/** The image of goldens/make_dinov3.py. */
const PHOTOGRAPH: Pixels = { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31) % 251) }

const all = ({ cls, registers, patches }: Tokens): Float32Array => Float32Array.from([...cls.data, ...registers.data, ...patches.data])

test('gives transformers’ tokens of an image that its processor for DINOv3 prepares, which rounding to bytes would change', async () => {
  const { tokens } = await ownGoldens.tensors('dinov3/huggingface/photograph.safetensors')
  const apart = (seen: Tokens): number => largestDifference(all(seen), tokens!.data as Float32Array)
  await using vision = await open({ model: MODEL })
  const seen = await vision.embed(PHOTOGRAPH, { pixels: true })
  expect(apart(seen)).toBeLessThanOrEqual(TOLERANCE)
  expect(vision.fingerprint().resampler).toBe('torchvision-unrounded')
  const { data, unrounded } = seen.pixels!
  expect(unrounded!.some((value) => !Number.isInteger(value))).toBe(true)
  expect(data.every((value, i) => Math.abs(value - unrounded![i]!) <= 0.5)).toBe(true)
  await using rounding = await open({ model: MODEL, card: { resampler: 'torchvision' } })
  expect(apart(await rounding.embed(PHOTOGRAPH))).toBeGreaterThan(10 * TOLERANCE)
})

test('gives the same alone, in a batch, from a file and from the pixels that it had as input', async () => {
  await using vision = await open({ model: MODEL })
  const file = ownGoldens.address('decode/gray.jpg')
  const [first, second] = [await vision.embed(PHOTOGRAPH, { pixels: true }), await vision.embed(file)]
  const streamed: Tokens[] = []
  for await (const { tokens } of vision.stream([PHOTOGRAPH, file, PHOTOGRAPH], { batch: 3 })) streamed.push(tokens!)
  for (const [index, alone] of [first, second, first].entries()) {
    expect(largestDifference(all(streamed[index]!), all(alone))).toBeLessThanOrEqual(1e-5)
  }
  expect(largestDifference(all(await vision.embed(first.pixels!, { size: 'source' })), all(first))).toBeLessThanOrEqual(1e-6)
})

test('sees padding as zero, and images that are not resized as bytes do', async () => {
  await using floats = await open({ model: MODEL })
  await using bytes = await open({ model: MODEL, card: { resampler: 'torchvision' } })
  const padded = [await floats.embed(PHOTOGRAPH, { size: 'pad' }), await bytes.embed(PHOTOGRAPH, { size: 'pad' })] as const
  expect(largestDifference(all(padded[0]), all(padded[1]))).toBeLessThanOrEqual(1e-5)
})
