import { IMAGENET_PREPROCESSING, preprocessImage, type PreprocessImageOptions } from '@dinokit/core'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { openImage } from './open-image.ts'
import { prepareImage } from './prepare-image.ts'

const IMAGE = await readFile(new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const OPTIONS: PreprocessImageOptions = { preprocessing: IMAGENET_PREPROCESSING, patch: 14, size: 56, decode: 'fast' }

const exactly = (source: Buffer, options: PreprocessImageOptions): ReturnType<typeof prepareImage> =>
  preprocessImage({ openImage }, source, options)

/** Levels of 255 by which samples differ at the most in the mean; an input that is a pixel off differs by more than twice as many. */
const LEVELS = 2

/** Mean difference of an input's samples from those of exact decoding. */
async function difference(source: Buffer, options: PreprocessImageOptions): Promise<number> {
  const [fast, exact] = [await prepareImage(source, options), await exactly(source, options)]
  expect(fast.placement).toEqual(exact.placement)
  const [a, b] = [fast.pixels, exact.pixels]
  expect([a.width, a.height, a.data.length]).toEqual([b.width, b.height, b.data.length])
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

test.each<[string, object, Partial<PreprocessImageOptions>]>([
  ['cropped', {}, {}],
  ['mirrored', {}, { flip: true }],
  ['turned', { orientation: 6 }, {}],
  ['whole', {}, { size: { width: 98, height: 70 } }],
  ['gray', { gray: true }, {}],
])(
  'prepares a large JPEG file at a smaller scale, %s',
  async (_, { orientation, gray }: { orientation?: number; gray?: boolean }, options) => {
    const image = sharp(IMAGE).resize(902, 600)
    const source = await (gray ? image.toColourspace('b-w') : image)
      .withMetadata(orientation ? { orientation } : {})
      .jpeg({ quality: 95 })
      .toBuffer()
    const off = await difference(source, { ...OPTIONS, ...options })
    expect(off).toBeGreaterThan(0)
    expect(off).toBeLessThan(LEVELS)
  },
)

test('prepares what has no smaller scale exactly', async () => {
  for (const [source, options] of [
    [await sharp(IMAGE).png().toBuffer(), {}],
    [IMAGE, { size: 112 }],
    [IMAGE, { size: 'pad' }],
    [await sharp(IMAGE).toColourspace('cmyk').jpeg().toBuffer(), {}],
  ] as const)
    expect(await difference(source, { ...OPTIONS, ...options })).toBe(0)
})

test('refuses a damaged file and too many pixels as exact decoding does', async () => {
  await expect(prepareImage(IMAGE.subarray(0, IMAGE.length / 2), OPTIONS)).rejects.toMatchObject({ code: 'image-unreadable' })
  await expect(prepareImage(IMAGE, { ...OPTIONS, pixelLimit: 1000 })).rejects.toMatchObject({ code: 'image-too-large' })
})
