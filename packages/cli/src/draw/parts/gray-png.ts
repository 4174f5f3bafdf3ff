import type { PixelMap } from '@dinokit/core'
import sharp from 'sharp'

/**
 * Numbers as a gray PNG, of 8 or of 16 bits, as its array is.
 *
 * @param map - data and shape: [height][width]
 * @returns a PNG file whose samples are the numbers
 */
export function grayPng({ data, shape }: Pick<PixelMap<'uint8' | 'uint16'>, 'data' | 'shape'>): Promise<Buffer> {
  const [height, width] = shape
  const image = sharp(data, { raw: { width, height, channels: 1 }, limitInputPixels: false })
  return image
    .toColourspace(data instanceof Uint16Array ? 'grey16' : 'b-w')
    .png()
    .toBuffer()
}
