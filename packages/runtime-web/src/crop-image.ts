import { assertNotAborted, isPixels, type CropOptions, type MultiCrop } from '@dinokit/core'
import { transfer } from 'comlink'
import type { ImageSource } from './image-source.ts'
import { inDecodeWorker } from './lib/in-decode-worker.ts'
import { openImage } from './lib/open-image.ts'

/**
 * Decodes a picture with the browser, and makes random crops of it in the worker that reads its pixels: neither page nor
 * training waits, and the whole picture's pixels never leave that worker.
 *
 * @param source - see `decodeImage`
 * @param options - which crops, limit, cancellation
 * @throws DinokitError those of `decodeImage`
 */
export async function cropImage(source: ImageSource, { recipe, keys, ...reading }: CropOptions): Promise<MultiCrop> {
  const opened = await openImage(source, reading)
  const made = await inDecodeWorker((remote) =>
    isPixels(opened)
      ? remote.crop(opened, {}, { recipe, keys })
      : remote.crop(transfer(opened.bitmap, [opened.bitmap]), opened.how, { recipe, keys }),
  )
  assertNotAborted(reading.signal)
  return made
}
