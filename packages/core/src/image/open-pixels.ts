import type { OpenImage } from '../contract/runtime.ts'
import { crop } from './crop.ts'
import type { Pixels } from './pixels.ts'

/**
 * Opens an image that is decoded already, as `Runtime.openImage` does.
 *
 * @param pixels - the image, which stays as it is
 */
export function openPixels(pixels: Pixels): OpenImage {
  const close = (): Promise<void> => Promise.resolve()
  return {
    size: { width: pixels.width, height: pixels.height },
    read: async (region) => (region ? crop(pixels, region) : pixels),
    close,
    [Symbol.asyncDispose]: close,
  }
}
