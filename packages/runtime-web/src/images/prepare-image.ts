import { assertNotAborted, prepareImage as prepareHere, type PreparedImage, type PrepareImageOptions } from '@dinokit/core'
import { decodeImage, isEncoded } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'
import { inDecodeWorker } from './in-decode-worker.ts'
import { readEncoded } from './read-encoded.ts'

/** Options of {@link prepareImage}. */
export interface WebPrepareImageOptions extends PrepareImageOptions {
  /** Work in a worker. Default true. */
  readonly worker?: boolean
}

/**
 * Decodes an image and makes it a model's input. Files are prepared in the worker that decodes them, so that no more than the
 * input comes back; what the page has decoded already is prepared here.
 *
 * @param source - see `decodeImage`
 * @param options - the input's size, the card's preprocessing and patch, limit, cancellation, worker
 * @throws DinokitError those of `decodeImage`, and `size-invalid`
 */
export async function prepareImage(source: ImageSource, { worker = true, ...options }: WebPrepareImageOptions): Promise<PreparedImage> {
  const { signal, ...rest } = options
  assertNotAborted(signal)
  if (!worker || !isEncoded(source)) {
    return prepareHere({ decodeImage: (of: ImageSource, reading) => decodeImage(of, { ...reading, worker }) }, source, options)
  }
  const encoded = await readEncoded(source, options)
  const prepared = await inDecodeWorker((remote) => remote.prepare(encoded, rest))
  assertNotAborted(signal)
  return prepared
}
