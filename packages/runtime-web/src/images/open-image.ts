import {
  assertNotAborted,
  assertPixelCount,
  assertPixels,
  DinokitError,
  isPixels,
  openPixels,
  toRgb,
  type DecodeOptions,
  type OpenImage,
  type Pixels,
  type Region,
  type Size,
} from '@dinokit/core'
import { transfer } from 'comlink'
import type { ImageSource } from './image-source.ts'
import type { DecodeHost } from './decode-host.ts'
import { lookInto } from './look-into.ts'
import { openBitmap } from './open-bitmap.ts'
import { openEncoded } from './open-encoded.ts'
import { readEncoded, type Encoded, type EncodedSource } from './read-encoded.ts'
import { AS_STORED, readPixels } from './read-pixels.ts'

/**
 * Opens an image with the browser: JPEG, PNG, WebP, AVIF, GIF, BMP and what else it knows. It does nothing but decode:
 * EXIF orientation is applied, the first frame taken, alpha dropped; colors stay as the file has them. Of a plain JPEG no more
 * is made RGB than is read. What a page shows is taken as it is when it is opened; where it is read again, as it is then.
 *
 * @param source - a File, address, bytes, element, frame, or pixels that are decoded already
 * @param options - limit, cancellation
 * @param host - the worker that decodes files and reads pixels back; undefined: this thread
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `file-not-found`, `download-failed`,
 *   `out-of-memory`, `aborted`
 */
export async function openImage(source: ImageSource, options: DecodeOptions, host: DecodeHost | undefined): Promise<OpenImage> {
  const { pixelLimit, signal } = options
  assertNotAborted(signal)
  if (source instanceof ImageData) {
    assertPixelCount('The image', source, pixelLimit)
    return openPixels({ data: toRgb(source.data, 4), width: source.width, height: source.height })
  }
  if (isShown(source)) {
    assertPixelCount('The image', shownSize(source), pixelLimit)
    return openBitmap(
      () => bitmapOf(source),
      (bitmap, region) =>
        host ? host.call((remote) => remote.readPixels(transfer(bitmap, [bitmap]), region)) : readPixels(bitmap, region),
    )
  }
  if (isPixels(source)) {
    assertPixels(source, pixelLimit)
    return openPixels(source)
  }
  const encoded = await readEncoded(source, options)
  const image = await (host ? openInWorker(encoded, options, host) : openEncoded(encoded, options))
  assertNotAborted(signal)
  return image
}

/** A plain JPEG is decoded when it is read, in the worker; of what else there is the size is known when it is decoded. */
async function openInWorker(encoded: Encoded, { pixelLimit }: DecodeOptions, host: DecodeHost): Promise<OpenImage> {
  const { size, plain } = await lookInto(encoded)
  const decode = (region?: Region): Promise<Pixels> => host.call((remote) => remote.decode(encoded, pixelLimit, region))
  if (!size || !plain) return openPixels(await decode())
  assertPixelCount(encoded.name, size, pixelLimit)
  const close = (): Promise<void> => Promise.resolve()
  return { size, read: decode, close, [Symbol.asyncDispose]: close }
}

/**
 * Decodes the whole of an image.
 *
 * @param source - see {@link openImage}
 * @param options - limit, cancellation
 * @param host - the worker that decodes
 * @throws DinokitError those of {@link openImage}
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions, host: DecodeHost | undefined): Promise<Pixels> {
  await using image = await openImage(source, options, host)
  const pixels = await image.read()
  assertNotAborted(options.signal)
  return pixels
}

/** Whether a source is an image file, which is yet to be decoded. */
export function isEncoded(source: ImageSource): source is EncodedSource {
  return !(source instanceof ImageData) && !isShown(source) && !isPixels(source)
}

/** Elements that a page shows: the browser has its pixels already. */
type Shown = Extract<ImageSource, ImageBitmap | HTMLElement | OffscreenCanvas | VideoFrame>

function isShown(source: ImageSource): source is Shown {
  return SHOWN.some((name) => {
    const type = (globalThis as Record<string, unknown>)[name]
    return typeof type === 'function' && source instanceof type
  })
}

// By name, because not every browser and no worker has all of them.
const SHOWN = ['ImageBitmap', 'HTMLImageElement', 'HTMLVideoElement', 'HTMLCanvasElement', 'OffscreenCanvas', 'VideoFrame']

function shownSize(source: Shown): Size {
  if ('naturalWidth' in source) return { width: source.naturalWidth, height: source.naturalHeight }
  if ('videoWidth' in source) return { width: source.videoWidth, height: source.videoHeight }
  if ('displayWidth' in source) return { width: source.displayWidth, height: source.displayHeight }
  return source
}

async function bitmapOf(source: Shown): Promise<ImageBitmap> {
  try {
    if ('naturalWidth' in source) await source.decode()
    return await createImageBitmap(source, AS_STORED)
  } catch (cause) {
    throw shownError(source, cause)
  }
}

function shownError(source: Shown, cause: unknown): DinokitError {
  const given = String(cause)
  if ('videoWidth' in source && source.videoWidth === 0) {
    return new DinokitError('image-unreadable', 'The video has no frame yet.', {
      given,
      expected: 'a video that has begun to play',
      hint: 'Wait for its "loadeddata" event.',
      cause,
    })
  }
  if (cause instanceof DOMException && cause.name === 'SecurityError') {
    return new DinokitError('image-unreadable', 'The browser does not let this page read an image of another origin.', {
      given,
      hint: 'Serve it with Access-Control-Allow-Origin and give the element crossorigin="anonymous".',
      cause,
    })
  }
  return new DinokitError('image-unreadable', 'The element can’t be read.', {
    given,
    expected: 'an element with an image in it',
    cause,
  })
}
