import { mapBytes } from './map-bytes.ts'
import type { Pixels } from '../image/pixels.ts'

/**
 * Inverts every value that is not below a threshold, with the bits of Pillow's `ImageOps.solarize`.
 *
 * @param pixels - the image
 * @param threshold - 0-255. Default 128
 * @param into - where the result's data goes; the image's own will do. Default: new
 */
export function solarize(pixels: Pixels, threshold = 128, into: Uint8Array = new Uint8Array(pixels.data.length)): Pixels {
  return mapBytes(pixels, into, (value) => (value < threshold ? value : 255 - value))
}
