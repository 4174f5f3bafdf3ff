import type { CropOptions } from '@dinokit/core'
import type { MultiCrop } from '@dinokit/core/augment'
import type { ImageSource } from './image-source.ts'
import { inImageThread } from './image-threads.ts'

/**
 * Decodes an image and makes random crops of it on another thread.
 *
 * @param source - see `decodeImage`
 * @param options - which crops, limit, cancellation
 * @throws DinokitError those of `decodeImage`
 */
export function cropImage(source: ImageSource, options: CropOptions): Promise<MultiCrop> {
  return inImageThread('crop', source, options)
}
