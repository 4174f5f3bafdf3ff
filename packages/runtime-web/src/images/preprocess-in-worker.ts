import { assertNotAborted, preprocessImage, type ModelInput, type PreprocessImageOptions, type Timed } from '@dinokit/core'
import type { DecodeHost } from './decode-host.ts'
import type { ImageSource } from './image-source.ts'
import { isEncoded, openImage } from './open-image.ts'
import { readEncoded } from './read-encoded.ts'

/**
 * Makes an image a model's input. Files are decoded and preprocessed in the worker, so that no more than the input comes
 * back; what the page has decoded already is preprocessed here.
 *
 * @param source - see `openImage`
 * @param options - the input's size, the card's preprocessing and patch, limit, cancellation
 * @param host - the worker; undefined: this thread
 * @throws DinokitError those of `openImage`, and `size-invalid`
 */
export async function preprocessInWorker(
  source: ImageSource,
  options: PreprocessImageOptions,
  host: DecodeHost | undefined,
): Promise<Timed<ModelInput>> {
  const { signal, ...rest } = options
  assertNotAborted(signal)
  if (!host || !isEncoded(source)) {
    return preprocessImage({ openImage: (of: ImageSource, reading = {}) => openImage(of, reading, host) }, source, options)
  }
  const encoded = await readEncoded(source, options)
  const input = await host.call((remote) => remote.preprocess(encoded, rest))
  assertNotAborted(signal)
  return input
}
