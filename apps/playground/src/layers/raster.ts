import type { Pixels, Tensor } from 'dinokit/browser'
import type { Raster } from './layer.ts'

/** An image as a raster; where a mask is given, transparent outside it. */
export function rasterOf({ data, width, height }: Pixels, mask?: Tensor<'bool'>): Raster {
  const rgba = new Uint8ClampedArray(width * height * 4)
  for (let pixel = 0; pixel < width * height; pixel++) {
    rgba.set(data.subarray(pixel * 3, pixel * 3 + 3), pixel * 4)
    rgba[pixel * 4 + 3] = mask && !mask.data[pixel] ? 0 : 255
  }
  return { width, height, data: rgba }
}
