import { crop, type DecodeOptions, type Pixels } from '@dinokit/core'
import { afterAll, describe, expect, test } from 'vitest'
import { server } from 'vitest/browser'
import { createDecodeHost } from './decode-host.ts'
import * as images from './open-image.ts'
import type { ImageSource } from './image-source.ts'
import { decodeJpeg } from './decode-jpeg.ts'
import { lookInto } from './look-into.ts'
import { AS_STORED, readPixels } from './read-pixels.ts'

const worker = createDecodeHost()
afterAll(() => worker.close())
const decodeImage = (source: ImageSource, options: DecodeOptions = {}, inWorker = true): Promise<Pixels> =>
  images.decodeImage(source, options, inWorker ? worker : undefined)

/** 4x2 pixels, the right half blue, as RGBA. */
const pixels = new Uint8ClampedArray(Array.from({ length: 8 }, (_, i) => (i % 4 < 2 ? [255, 0, 0, 255] : [0, 0, 255, 255])).flat())
const RGB = [255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255]
const imageData = (): ImageData => new ImageData(pixels.slice(), 4, 2)

function canvas(): HTMLCanvasElement {
  const made = Object.assign(document.createElement('canvas'), { width: 4, height: 2 })
  made.getContext('2d')!.putImageData(imageData(), 0, 0)
  return made
}

async function png(): Promise<Blob> {
  return new Promise((resolve) => canvas().toBlob((blob) => resolve(blob!)))
}

async function image(): Promise<HTMLImageElement> {
  return Object.assign(new Image(), { src: URL.createObjectURL(await png()) })
}

function offscreen(): OffscreenCanvas {
  const made = new OffscreenCanvas(4, 2)
  made.getContext('2d')!.putImageData(imageData(), 0, 0)
  return made
}

/** A video of the canvas, recorded and played by the browser. */
async function video(): Promise<HTMLVideoElement> {
  const source = Object.assign(document.createElement('canvas'), { width: 64, height: 32 })
  const context = source.getContext('2d')!
  const stream = source.captureStream(30)
  const element = Object.assign(document.createElement('video'), { muted: true, srcObject: stream })
  const drawing = setInterval(() => {
    context.fillStyle = '#f00'
    context.fillRect(0, 0, 64, 32)
    context.fillStyle = '#00f'
    context.fillRect(32, 0, 32, 32)
  }, 20)
  await new Promise((resolve) => {
    element.addEventListener('loadeddata', resolve, { once: true })
    void element.play()
  })
  clearInterval(drawing)
  return element
}

describe.each([{ worker: true }, { worker: false }])('what a page has, %o', (options) => {
  test.each<[string, () => ImageSource | Promise<ImageSource>]>([
    ['File', async () => new File([await png()], 'a.png')],
    ['blob address', async () => URL.createObjectURL(await png())],
    ['ArrayBuffer', async () => (await png()).arrayBuffer()],
    ['HTMLImageElement', image],
    ['HTMLCanvasElement', canvas],
    ['OffscreenCanvas', offscreen],
    ['ImageBitmap', () => createImageBitmap(imageData())],
    ['ImageData', imageData],
    ['VideoFrame', () => new VideoFrame(canvas(), { timestamp: 0 })],
  ])('is read: %s', async (_, source) => {
    const { data, width, height } = await decodeImage(await source(), {}, options.worker)
    expect([width, height]).toEqual([4, 2])
    expect([...data]).toEqual([...RGB, ...RGB])
  })

  test('is read: the frame that an HTMLVideoElement shows', async () => {
    const { data, width, height } = await decodeImage(await video(), {}, options.worker)
    expect([width, height]).toEqual([64, 32])
    expect(data[0]).toBeGreaterThan(200)
    expect(data[63 * 3 + 2]).toBeGreaterThan(200)
  })
})

const CHELSEA = new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url)

test.each<[string, () => ImageSource | Promise<ImageSource>]>([
  ['PNG', png],
  ['HTMLCanvasElement', canvas],
  ['VideoFrame', () => new VideoFrame(canvas(), { timestamp: 0 })],
  ['ImageData', imageData],
])('reads any region of %s, as often as it is wanted', async (_, source) => {
  const region = { left: 1, top: 1, width: 3, height: 1 }
  for (const host of [worker, undefined]) {
    await using opened = await images.openImage(await source(), {}, host)
    expect(opened.size).toEqual({ width: 4, height: 2 })
    for (let time = 0; time < 2; time++) expect([...(await opened.read(region)).data]).toEqual(RGB.slice(3))
    expect([...(await opened.read()).data]).toEqual([...RGB, ...RGB])
    await expect(opened.read({ ...region, top: 2 })).rejects.toMatchObject({ code: 'size-invalid' })
    await opened.close()
  }
})

test('leaves a bitmap and a frame to their owner', async () => {
  const bitmap = await createImageBitmap(imageData())
  const frame = new VideoFrame(canvas(), { timestamp: 0 })
  for (const source of [bitmap, frame]) for (let time = 0; time < 2; time++) expect((await decodeImage(source)).data).toHaveLength(24)
  frame.close()
})

test('colors under full transparency are kept', async () => {
  // A PNG of one pixel: 10, 20, 30, transparent; made by hand, because a canvas loses it.
  const bytes = Uint8Array.from(
    atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGPgEpFjAAAApQA9aZiIvAAAAABJRU5ErkJggg=='),
    (character) => character.charCodeAt(0),
  )
  expect([...(await decodeImage(bytes)).data]).toEqual([10, 20, 30])
})

test('reads a large image with transparency in tiles', async () => {
  const [width, height] = [2050, 2049]
  const made = new OffscreenCanvas(width, height)
  const context = made.getContext('2d')!
  context.fillStyle = '#0f0'
  context.fillRect(0, 0, width, height)
  context.fillStyle = '#f00'
  context.fillRect(2049, 2048, 1, 1)
  context.clearRect(0, 0, 1, 1)
  const { data } = await decodeImage(await made.convertToBlob())
  expect([...data.subarray(3, 6)]).toEqual([0, 255, 0])
  expect([...data.subarray(-6)]).toEqual([0, 255, 0, 255, 0, 0])
})

test.each<[string, () => ImageSource, string]>([
  ['a video without frames', () => document.createElement('video'), 'image-unreadable'],
  ['an image element without a source', () => new Image(), 'image-unreadable'],
  ['an image that is not there', () => Object.assign(new Image(), { src: '/flaky/no?status=404' }), 'image-unreadable'],
  ['an empty canvas', () => Object.assign(document.createElement('canvas'), { width: 0 }), 'image-unreadable'],
  ['an address where nothing is', () => '/flaky/no?status=404', 'file-not-found'],
  ['a page', () => '/flaky/no?page=1', 'image-unsupported'],
  ['a canvas that is too large', () => Object.assign(document.createElement('canvas'), { width: 3000, height: 3000 }), 'image-too-large'],
])('rejects %s', async (_, source, code) => {
  await expect(decodeImage(source(), { pixelLimit: 1_000_000 })).rejects.toMatchObject({ name: 'DinokitError', code })
})

test('takes a shorter way for a JPEG without a color profile, to the same bits', async () => {
  const blob = await (await fetch(CHELSEA)).blob()
  expect(await lookInto({ name: 'chelsea', blob })).toMatchObject({ plain: true })
  const whole = await readPixels(await createImageBitmap(blob, AS_STORED))
  expect(await decodeImage(blob)).toEqual(whole)
  const window = { left: 3, top: 5, width: 101, height: 77 }
  for (const host of [worker, undefined]) {
    await using opened = await images.openImage(blob, {}, host)
    expect(opened.size).toEqual({ width: whole.width, height: whole.height })
    expect(await opened.read(window)).toEqual(crop(whole, window))
    expect(await opened.read()).toEqual(whole)
    await expect(opened.read({ ...window, left: whole.width - 50 })).rejects.toMatchObject({ code: 'size-invalid' })
  }
})

// Other browsers have no ImageDecoder, or one that does not hand out these planes: a bitmap is read there.
test.runIf(server.browser === 'chromium').each([
  [320, 240, 0.8],
  [333, 251, 0.9],
  [17, 9, 0.3],
  [255, 64, 1],
])('decodes a plain JPEG to luma and chroma, and to the same bits: %i x %i, quality %f', async (width, height, quality) => {
  const image = await createImageBitmap(await (await fetch(CHELSEA)).blob())
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.drawImage(image, 0, 0, width, height)
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
  const whole = await readPixels(await createImageBitmap(blob, AS_STORED))
  const bytes = (): Promise<Uint8Array<ArrayBuffer>> => blob.arrayBuffer().then((buffer) => new Uint8Array(buffer))
  expect(await decodeJpeg(await bytes(), { width, height })).toEqual(whole)
  const window = { left: 3, top: 1, width: width - 6, height: height - 2 }
  expect(await decodeJpeg(await bytes(), { width, height }, window)).toEqual(crop(whole, window))
  // What is not as its header tells, or damaged, is left to others.
  expect(await decodeJpeg(await bytes(), { width, height: height + 1 })).toBeUndefined()
  expect(await decodeJpeg((await bytes()).slice(0, 300), { width, height })).toBeUndefined()
})

test('ends decoding that is canceled', async () => {
  await expect(decodeImage('/flaky/slow?size=20000000&slow=50', { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    code: 'aborted',
  })
})
