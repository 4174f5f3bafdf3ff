import type { Pixels, Tensor } from '@dinokit/core'

/** Perceptually even color maps of matplotlib (CC0): dark is little, bright is much. */
export type ColorMap = 'viridis' | 'magma'

/** Options of {@link colorValues}. */
export interface ColorOptions {
  /** Color map. Default `viridis`. */
  readonly map?: ColorMap
  /** The value of the first color; above `high`, the colors run backwards. Default: the smallest there is. */
  readonly low?: number
  /** The value of the last color. Default: the largest there is. */
  readonly high?: number
}

/** Sixteen of matplotlib's 256 colors, evenly spaced; between them lines differ from matplotlib by at most 7 of 255. */
const STOPS: Readonly<Record<ColorMap, readonly number[]>> = {
  viridis: [
    0x440154, 0x481a6c, 0x472f7d, 0x414487, 0x39568c, 0x31688e, 0x2a788e, 0x23888e, 0x1f988b, 0x22a884, 0x35b779, 0x54c568, 0x7ad151,
    0xa5db36, 0xd2e21b, 0xfde725,
  ],
  magma: [
    0x000004, 0x0b0924, 0x20114b, 0x3b0f70, 0x57157e, 0x721f81, 0x8c2981, 0xa8327d, 0xc43c75, 0xde4968, 0xf1605d, 0xfa7f5e, 0xfe9f6d,
    0xfebf84, 0xfddea0, 0xfcfdbf,
  ],
}

/**
 * A map of values as an image: similarity, attention.
 *
 * @param values - [rows][columns]
 * @param options - colors and range; values outside take the nearest color
 * @returns one pixel a value
 */
export function colorValues({ data: values, shape }: Tensor, options: ColorOptions = {}): Pixels {
  const [height, width] = shape as [number, number]
  const { map = 'viridis', low = values.reduce((a, b) => Math.min(a, b), Infinity) } = options
  const { high = values.reduce((a, b) => Math.max(a, b), -Infinity) } = options
  const stops = Uint8Array.from(STOPS[map].flatMap((color) => [color >> 16, color >> 8, color]))
  const last = stops.length / 3 - 1
  const data = new Uint8Array(values.length * 3)
  // No array in here: a map may have a hundred million values.
  for (let index = 0, at = 0; index < values.length; index++) {
    const place = Math.min(1, Math.max(0, (values[index]! - low) / (high - low || 1))) * last
    const before = Math.min(last - 1, Math.floor(place))
    for (let stop = before * 3; stop < before * 3 + 3; stop++) {
      const from = stops[stop]!
      data[at++] = Math.round(from + (stops[stop + 3]! - from) * (place - before))
    }
  }
  return { data, width, height }
}
