import { isPixels, prepareImage as prepareHere, type PreparedImage, type PrepareImageOptions } from '@dinokit/core'
import { decodeImage } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'
import { areImageThreadsStarted, inImageThread } from './image-threads.ts'

/** So many images may be all there are: threads for them would start when they are done. */
const FEW = 4

let asked = 0

/**
 * Decodes an image and makes it a model's input; one of many on another thread: this one stays free, and its garbage
 * collector, which takes every few megabytes of pixels for a reason to look through the whole heap, has no pixels to see.
 * The first of many, and what is decoded already, are prepared here.
 *
 * @param source - see `decodeImage`
 * @param options - the input's size, the card's preprocessing and patch, limit, cancellation
 * @throws DinokitError those of `decodeImage`, and `size-invalid`
 */
export function prepareImage(source: ImageSource, options: PrepareImageOptions): Promise<PreparedImage> {
  if (!options.many || isPixels(source) || ++asked <= FEW || !areImageThreadsStarted()) return prepareHere({ decodeImage }, source, options)
  return inImageThread('prepare', source, options)
}
