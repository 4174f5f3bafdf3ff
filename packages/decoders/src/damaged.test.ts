import { readOwn } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { assertDecodable, decodeAvif, decodeCmykJpeg, gifFrame, jpegFrame, pngStill, webpOrientation } from './index.ts'
import { avifHeader } from './lib/avif-header.ts'

const avif = await readOwn('decode/yuv420.avif')
const cmyk = await readOwn('decode/cmyk.jpg')
const SIZE = { width: 13, height: 9 }
const damaged = { name: 'DinokitError', code: 'image-unreadable' }

describe('a decoder rejects what is damaged, and decodes the next file', () => {
  test('holds for AVIF', async () => {
    const whole = await decodeAvif('whole', avif)
    for (const length of [12, 200, avif.length - 200]) await expect(decodeAvif('cut', avif.slice(0, length))).rejects.toMatchObject(damaged)
    expect(await decodeAvif('whole', avif)).toEqual(whole)
  })

  test('holds for CMYK JPEG', async () => {
    const whole = await decodeCmykJpeg('whole', cmyk, SIZE)
    await expect(decodeCmykJpeg('cut', cmyk.slice(0, cmyk.length - 40), SIZE)).rejects.toMatchObject(damaged)
    await expect(decodeCmykJpeg('cut', cmyk.slice(0, 100), SIZE)).rejects.toMatchObject(damaged)
    await expect(decodeCmykJpeg('of another size', cmyk, { width: 14, height: 9 })).rejects.toMatchObject(damaged)
    await expect(decodeCmykJpeg('of three channels', await readOwn('decode/rgb.jpg'), SIZE)).rejects.toMatchObject(damaged)
    expect(await decodeCmykJpeg('whole', cmyk, SIZE)).toEqual(whole)
  })

  test('holds for both side by side', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => decodeAvif('whole', avif)))
    for (const other of others) expect(other).toEqual(first)
  })
})

test('rejects an AVIF file beyond the limit before it is decoded', async () => {
  await expect(decodeAvif('large', avif, 51 * 35 - 1)).rejects.toMatchObject({ code: 'image-too-large' })
})

test('leaves no ImageData in a runtime that has none', async () => {
  const before = 'ImageData' in globalThis
  await decodeAvif('whole', avif)
  expect('ImageData' in globalThis).toBe(before)
})

test('rejects a clean aperture that is not of whole pixels, or outside', async () => {
  const file = await readOwn('decode/aperture.avif')
  const at = new TextDecoder('latin1').decode(file).indexOf('clap') + 4
  const changed = (field: number, value: number): Uint8Array => {
    const copy = file.slice()
    new DataView(copy.buffer).setInt32(at + field * 4, value)
    return copy
  }
  expect(avifHeader('x', file)).toMatchObject({ aperture: { left: 6, top: 9, width: 31, height: 21 } })
  for (const [field, value] of [
    [0, 30],
    [4, -40],
    [7, 0],
  ] as const)
    expect(() => avifHeader('x', changed(field, value))).toThrow(expect.objectContaining({ code: 'image-unsupported' }))
})

test('reads headers of files that are cut anywhere without another error', async () => {
  for (const name of [
    'small-frame.gif',
    'cmyk.jpg',
    'animated-after-still.png',
    'orientation6.webp',
    'mirrored-turned.avif',
    'rgb16.tif',
  ]) {
    const file = await readOwn(`decode/${name}`)
    for (let length = 0; length < Math.min(file.length, 600); length++) {
      const cut = file.slice(0, length)
      gifFrame(cut)
      jpegFrame(cut)
      pngStill(cut)
      webpOrientation(cut)
      try {
        avifHeader('x', cut)
        assertDecodable('x', cut, ['JPEG', 'PNG', 'WebP', 'AVIF', 'GIF', 'TIFF'])
      } catch (error) {
        expect({ name, length, error }).toMatchObject({ error: { name: 'DinokitError' } })
      }
    }
  }
})
