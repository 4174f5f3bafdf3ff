import type { ImagePart } from './image-part.ts'
import { prepare, sourceWindow } from './prepare.ts'
import type { ImageReader, PreparedImage, PrepareImageOptions } from '../contract/runtime.ts'
import type { Size } from './size.ts'
import type { Window } from './window.ts'

/**
 * Decodes no more of an image than a model's input needs, and makes it that.
 *
 * @param reader - decodes
 * @param source - the image
 * @param options - the input's size, the card's preprocessing and patch, limit, cancellation
 * @throws DinokitError those of `decodeImage` and of {@link prepare}
 */
export async function prepareImage<Source>(
  reader: Pick<ImageReader<Source>, 'decodeImage'>,
  source: Source,
  options: PrepareImageOptions,
): Promise<PreparedImage> {
  const started = performance.now()
  let part: ImagePart | undefined
  const window = (whole: Size): Window => {
    const needed = sourceWindow(whole, options)
    part = { source: whole, left: needed.left, top: needed.top }
    return needed
  }
  const pixels = await reader.decodeImage(source, { ...options, window })
  const decoded = performance.now()
  const prepared = prepare(pixels, { ...options, ...(part && { part }) })
  return { ...prepared, decode: decoded - started, prepare: performance.now() - decoded }
}
