import {
  assertNotAborted,
  assertPixelCount,
  assertPixels,
  DinokitError,
  isPixels,
  toRgb,
  type DecodeOptions,
  type Pixels,
  type Size,
} from '@dinokit/core'
import { transfer } from 'comlink'
import type { ImageSource } from './image-source.ts'
import { decodeEncoded } from './decode-encoded.ts'
import { inDecodeWorker } from './in-decode-worker.ts'
import { readEncoded, type EncodedSource } from './read-encoded.ts'
import { AS_STORED, readPixels } from './read-pixels.ts'

/** Options of {@link decodeImage}. */
export interface WebDecodeOptions extends DecodeOptions {
  /** Read pixels back in a worker. Default true. */
  readonly worker?: boolean
}

/**
 * Decodes an image with the browser: JPEG, PNG, WebP, AVIF, GIF, BMP and what else it knows. It does nothing but decode:
 * EXIF orientation is applied, the first frame taken, alpha dropped; colors stay as the file has them.
 *
 * @param source - a File, address, bytes, element, frame, or pixels that are decoded already
 * @param options - limit, cancellation, worker, and the window that is enough, which a worker can't be asked of a file
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `file-not-found`, `download-failed`,
 *   `out-of-memory`, `aborted`
 */
export async function decodeImage(source: ImageSource, options: WebDecodeOptions = {}): Promise<Pixels> {
  const { pixelLimit, signal, window, worker = true } = options
  assertNotAborted(signal)
  if (source instanceof ImageData) {
    assertPixelCount('The image', source, pixelLimit)
    return { data: toRgb(source.data, 4), width: source.width, height: source.height }
  }
  if (isShown(source)) {
    assertPixelCount('The image', shownSize(source), pixelLimit)
    const bitmap = await bitmapOf(source)
    const wanted = window?.({ width: bitmap.width, height: bitmap.height })
    return worker ? inDecodeWorker((remote) => remote.readPixels(transfer(bitmap, [bitmap]), wanted)) : readPixels(bitmap, wanted)
  }
  if (isPixels(source)) {
    assertPixels(source, pixelLimit)
    return source
  }
  const encoded = await readEncoded(source, options)
  const pixels = await (worker ? inDecodeWorker((remote) => remote.decode(encoded, pixelLimit)) : decodeEncoded(encoded, options))
  assertNotAborted(signal)
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
