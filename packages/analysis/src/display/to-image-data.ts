import { isPixels, type Pixels, type Tensor } from '@dinokit/core'
import { colorize, type ColorizeOptions } from './colorize.ts'

/** RGBA values of an image, as `putImageData` takes them. */
export interface RgbaImage {
  /** [height][width][4], 0-255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>
  readonly width: number
  readonly height: number
}

/**
 * Makes image data for a canvas: a real `ImageData` where there are any (in browsers), the same fields elsewhere.
 *
 * @param from - RGB pixels, or a map [rows][columns], which is colored
 * @param options - colors and range of a map
 * @throws DinokitError those of {@link colorize}
 */
export function toImageData(from: Tensor | Pixels, options: ColorizeOptions = {}): RgbaImage {
  const { data: rgb, width, height } = isPixels(from) ? from : colorize(from, options)
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) data[pixel * 4 + channel] = rgb[pixel * 3 + channel]!
  }
  return typeof ImageData === 'undefined' ? { data, width, height } : new ImageData(data, width, height)
}
