import { isPixels, type DecodeOptions, type Pixels } from '@dinokit/core'
import { transfer } from 'comlink'
import type { ImageSource } from './image-source.ts'
import { inDecodeWorker } from './lib/in-decode-worker.ts'
import { openImage } from './lib/open-image.ts'
import { readPixels } from './lib/read-pixels.ts'

/** Options of {@link decodeImage}. */
export interface WebDecodeOptions extends DecodeOptions {
  /** Read pixels back in a worker. Default true. */
  readonly worker?: boolean
}

/**
 * Decodes a picture with the browser: JPEG, PNG, WebP, AVIF, GIF, BMP and what else it knows. It does nothing but decode:
 * EXIF orientation is applied, the first frame taken, alpha dropped; colours stay as the file has them.
 *
 * @param source - a File, address, bytes, element, frame, or pixels that are decoded already
 * @param options - limit, cancellation, the window that is enough, worker
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `file-not-found`, `download-failed`,
 *   `out-of-memory`, `aborted`
 */
export async function decodeImage(source: ImageSource, options: WebDecodeOptions = {}): Promise<Pixels> {
  const opened = await openImage(source, options)
  if (isPixels(opened)) return opened
  const { bitmap, how } = opened
  const { worker = true } = options
  return worker ? inDecodeWorker((remote) => remote.readPixels(transfer(bitmap, [bitmap]), how)) : readPixels(bitmap, how)
}
