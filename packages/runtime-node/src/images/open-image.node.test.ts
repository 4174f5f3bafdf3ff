import { crop } from '@dinokit/core'
import { hasShared, readShared, sharedPath } from '@dinokit/testing'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeImage, openImage } from './open-image.ts'

const RED = { create: { width: 6, height: 4, channels: 3, background: '#ff0000' } } as const

describe('every kind of source gives the same pixels', () => {
  let folder: string
  let server: Server
  let png: Buffer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
    png = await sharp(RED).png().toBuffer()
    await writeFile(join(folder, 'red.png'), png)
    server = createServer((request, response) => {
      if (request.url === '/red.png') response.end(png)
      else response.writeHead(404).end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const address = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`

  test.each([
    ['path', () => join(folder, 'red.png')],
    ['file URL', () => pathToFileURL(join(folder, 'red.png'))],
    ['http address', () => address('/red.png')],
    ['data address', () => `data:image/png;base64,${png.toString('base64')}`],
    ['Buffer', () => png],
    ['ArrayBuffer', () => new Uint8Array(png).buffer],
    ['Blob', () => new Blob([new Uint8Array(png)])],
    ['Node stream', () => Readable.from([png.subarray(0, 20), png.subarray(20)])],
    ['web stream', () => new Blob([new Uint8Array(png)]).stream()],
    ['pixels', () => ({ data: new Uint8Array(72).map((_, i) => (i % 3 === 0 ? 255 : 0)), width: 6, height: 4 })],
  ])('holds for %s', async (_, source) => {
    const { data, width, height } = await decodeImage(source())
    expect([width, height, data.length]).toEqual([6, 4, 72])
    expect([...data.subarray(0, 6)]).toEqual([255, 0, 0, 255, 0, 0])
  })

  test('failures say what they are', async () => {
    await expect(decodeImage(join(folder, 'no.png'))).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(decodeImage(folder)).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(decodeImage(address('/no.png'))).rejects.toMatchObject({ code: 'file-not-found' })
    await expect(decodeImage('http://127.0.0.1:9/x.png')).rejects.toMatchObject({ code: 'download-failed' })
    await expect(decodeImage(Buffer.alloc(0))).rejects.toMatchObject({ code: 'image-unreadable' })
    await expect(decodeImage(Buffer.from('hello, this is text'))).rejects.toMatchObject({ code: 'image-unsupported' })
    await expect(decodeImage(png.subarray(0, png.length - 20))).rejects.toMatchObject({ code: 'image-unreadable' })
    await expect(decodeImage({ data: new Uint8Array(5), width: 2, height: 2 })).rejects.toMatchObject({ code: 'image-unreadable' })
    await expect(decodeImage(png, { pixelLimit: 23 })).rejects.toMatchObject({ code: 'image-too-large' })
    await expect(decodeImage(png, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await expect(decodeImage(7 as never)).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

test.each(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const)('reads any region of %s, as often as it is wanted', async (format) => {
  const noise = await sharp(
    Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 37) % 251),
    { raw: { width: 40, height: 30, channels: 3 } },
  )
    .toFormat(format)
    .toBuffer()
  const whole = await decodeImage(noise)
  await using image = await openImage(noise)
  expect(image.size).toEqual({ width: 40, height: 30 })
  const region = { left: 3, top: 5, width: 21, height: 11 }
  for (let time = 0; time < 2; time++) expect(await image.read(region)).toEqual(crop(whole, region))
  if (image.readPart) expect(await image.readPart(region)).toEqual(crop(whole, region))
  expect(await image.read()).toEqual(whole)
  await expect(image.read({ ...region, left: 20 })).rejects.toMatchObject({ code: 'size-invalid' })
  await image.close()
})

test('reads parts of images in all eight EXIF orientations as they are upright, and rejects those outside', async () => {
  const raw = { width: 40, height: 30, channels: 3 } as const
  const noise = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 37) % 251)
  const region = { left: 3, top: 5, width: 21, height: 11 }
  for (let orientation = 1; orientation <= 8; orientation++) {
    const file = await sharp(noise, { raw }).withMetadata({ orientation }).jpeg().toBuffer()
    await using image = await openImage(file)
    expect(await image.readPart!(region), String(orientation)).toEqual(crop(await image.read(), region))
    expect(() => image.readPart!({ ...region, left: 39 })).toThrow(expect.objectContaining({ code: 'size-invalid' }))
  }
})

describe('pixels are those of the file', () => {
  test.each(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const)('holds for %s', async (format) => {
    const { data, width, height } = await decodeImage(await sharp(RED).toFormat(format).toBuffer())
    expect([width, height]).toEqual([6, 4])
    for (let i = 0; i < data.length; i += 3) {
      expect(data[i]).toBeGreaterThan(250)
      expect(Math.max(data[i + 1]!, data[i + 2]!)).toBeLessThan(5)
    }
  })

  test('holds with alpha, which is dropped and not composited', async () => {
    const rgba = Buffer.from([10, 20, 30, 0, 40, 50, 60, 128])
    const png = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer()
    expect([...(await decodeImage(png)).data]).toEqual([10, 20, 30, 40, 50, 60])
  })

  test('keeps the upper 8 of 16 bits, and repeats gray', async () => {
    const color = await sharp(Uint16Array.of(0x1234, 0xabcd, 0xffff), { raw: { width: 1, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer()
    expect((await sharp(color).metadata()).depth).toBe('ushort')
    expect([...(await decodeImage(color)).data]).toEqual([0x12, 0xab, 0xff])
    const gray = await sharp(Buffer.from([7, 200]), { raw: { width: 2, height: 1, channels: 1 } })
      .png()
      .toBuffer()
    expect([...(await decodeImage(gray)).data]).toEqual([7, 7, 7, 200, 200, 200])
  })

  test('holds in all eight EXIF orientations, which are turned upright', async () => {
    const upright = await sharp({ create: { width: 32, height: 16, channels: 3, background: '#000' } })
      .composite([{ input: { create: { width: 8, height: 8, channels: 3, background: '#fff' } }, left: 0, top: 0 }])
      .png()
      .toBuffer()
    // How a camera that was held so would have stored the image.
    const turned = [null, (s: Sharp) => s, (s: Sharp) => s.flop(), (s: Sharp) => s.rotate(180), (s: Sharp) => s.flip()]
    for (let orientation = 1; orientation <= 4; orientation++) {
      const stored = await turned[orientation]!(sharp(upright)).withMetadata({ orientation }).png().toBuffer()
      const { data, width } = await decodeImage(stored)
      expect([orientation, width, data[0], data[31 * 3]]).toEqual([orientation, 32, 255, 0])
    }
  })
})

describe.skipIf(!hasShared)('odd images', () => {
  test('take less than 1 GiB over the idle process, all of them together', async () => {
    const idle = process.resourceUsage().maxRSS
    const rows = readFileSync(sharedPath('data/manifest.csv'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('odd,'))
    expect(rows.length).toBeGreaterThan(150)
    for (const row of rows) await decodeImage(sharedPath(`data/${row.split(',')[1]!}`)).catch(() => {})
    expect((process.resourceUsage().maxRSS - idle) * 1024).toBeLessThan(2 ** 30)
  })

  test('gives transparent pixels of a GIF their palette’s color, as Pillow does', async () => {
    const tiny = await decodeImage(await readShared('data/odd/sharp-fixtures/grey-plus-alpha.gif'))
    expect([...tiny.data]).toEqual([101, 101, 101, 255, 255, 255])
    const { data } = await decodeImage(await readShared('data/odd/pillow-images/transparent.gif'))
    const means = [0, 1, 2].map((channel) => data.reduce((sum, value, i) => (i % 3 === channel ? sum + value : sum), 0) / (data.length / 3))
    expect(means.map((mean) => mean.toFixed(2))).toEqual(['210.97', '202.72', '204.06'])
  })

  test('become RGB as in Pillow where they are CMYK', async () => {
    // Mean red, green and blue of Pillow 13's convert('RGB').
    const { data } = await decodeImage(await readShared('data/odd/pillow-images/pil_sample_cmyk.jpg'))
    const means = [0, 1, 2].map((channel) => data.reduce((sum, value, i) => (i % 3 === channel ? sum + value : sum), 0) / (data.length / 3))
    expect(means.map((mean) => mean.toFixed(2))).toEqual(['30.23', '5.44', '7.39'])
  })
})
