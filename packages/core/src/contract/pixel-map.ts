import type { DType, Tensor } from './tensor.ts'

/**
 * A value for every pixel of the source image: [height][width], upright. Where the model saw nothing, beside a crop,
 * the value is `unknown`.
 */
export interface PixelMap<T extends DType = 'float32'> extends Tensor<T> {
  readonly shape: readonly [height: number, width: number]
  /** Unit of the values: `m`, `class`, `probability`. */
  readonly unit: string
  /** The value of pixels of which nothing is known: 0 m, the ignored class. */
  readonly unknown: number
}

/**
 * Whether a value is a map of the source image's pixels.
 *
 * @param value - anything
 */
export function isPixelMap(value: unknown): value is PixelMap<DType> {
  return typeof value === 'object' && value !== null && 'dtype' in value && 'data' in value && 'shape' in value && 'unit' in value
}
