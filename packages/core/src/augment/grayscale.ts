import { luma } from './luma.ts'
import type { Pixels } from '../image/pixels.ts'

/**
 * Takes the colors away, with the bits of Pillow's `convert('L')` repeated in three channels, as torchvision's
 * RandomGrayscale does.
 *
 * @param pixels - the image
 * @param into - where the result's data goes; the image's own will do. Default: new
 */
export function grayscale({ data, width, height }: Pixels, into: Uint8Array = new Uint8Array(data.length)): Pixels {
  for (let i = 0; i < data.length; i += 3) into[i] = into[i + 1] = into[i + 2] = luma(data[i]!, data[i + 1]!, data[i + 2]!)
  return { data: into, width, height }
}
