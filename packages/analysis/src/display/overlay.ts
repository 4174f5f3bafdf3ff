import { DinokitError, tensor, type Pixels, type Tensor } from '@dinokit/core'
import { enlargeMap } from '../lib/enlarge-map.ts'
import { colorize, type ColorizeOptions } from './colorize.ts'

/** Options of {@link overlay}. */
export interface OverlayOptions extends ColorizeOptions {
  /** Share of the colors in the result, 0 to 1. Default 0.6. */
  readonly opacity?: number
}

/**
 * Draws a map over the image that it is of. Where the map is not a number (beside a crop), the image stays as it is.
 *
 * @param image - RGB
 * @param map - [rows][columns] over the whole image, enlarged to it (bilinear); or colors of the image's size
 * @param options - opacity, or an object with colors and range too
 * @returns the image's size
 * @throws DinokitError `invalid-option`, `size-invalid` for colors of another size; those of {@link colorize}
 */
export function overlay(image: Pixels, map: Tensor | Pixels, options: number | OverlayOptions = {}): Pixels {
  const { opacity = 0.6, ...coloring } = typeof options === 'number' ? { opacity: options } : options
  if (!(opacity >= 0 && opacity <= 1)) {
    throw new DinokitError('invalid-option', 'The opacity is no share.', { given: String(opacity), expected: 'a number from 0 to 1' })
  }
  const values = 'dtype' in map ? enlargeMap(map, image) : undefined
  const colors = values ? colorize(values, coloring) : (map as Pixels)
  if (colors.width !== image.width || colors.height !== image.height) {
    throw new DinokitError('size-invalid', 'The colors are of another size than the image.', {
      given: `${colors.width}x${colors.height} over ${image.width}x${image.height}`,
      expected: 'one color for each pixel',
      hint: 'Use resizeToSource for a map of a cropped input.',
    })
  }
  const data = image.data.slice()
  for (let pixel = 0; pixel < image.width * image.height; pixel++) {
    if (values && Number.isNaN(values.data[pixel])) continue
    for (let i = pixel * 3; i < pixel * 3 + 3; i++) data[i] = Math.round(data[i]! + opacity * (colors.data[i]! - data[i]!))
  }
  return { data, width: image.width, height: image.height }
}

/**
 * Averages maps, such as those of a layer's attention heads.
 *
 * @param maps - [maps][rows][columns]
 * @returns [rows][columns]
 * @throws DinokitError `tensor-invalid`
 */
export function meanMap({ data, shape }: Tensor): Tensor {
  const [maps, rows, columns] = shape as [number, number, number]
  if (shape.length !== 3 || !(maps > 0)) {
    throw new DinokitError('tensor-invalid', 'These are no maps.', {
      given: `[${shape.join('][')}]`,
      expected: '[maps][rows][columns]',
    })
  }
  const mean = new Float32Array(rows * columns)
  for (let i = 0; i < data.length; i++) mean[i % mean.length]! += data[i]! / maps
  return tensor('float32', mean, [rows, columns])
}
