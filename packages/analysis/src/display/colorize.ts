import type { Pixels, Tensor } from '@dinokit/core'
import { valueRange } from '../lib/value-range.ts'
import { colorValues, type ColorMap } from './color-values.ts'

/** Options of {@link colorize}. */
export interface ColorizeOptions {
  /** Color map. Default `viridis`. */
  readonly palette?: ColorMap
  /**
   * Values of the first and the last color, or the share of values at either end that may lie outside, so that single patches do not
   * take all the contrast. Default `{ clip: 0.02 }`.
   */
  readonly range?: readonly [low: number, high: number] | { readonly clip: number }
}

/** Color of values that are not a number: pixels that the model did not see. */
const UNSEEN = [128, 128, 128] as const

/**
 * Draws a map of values as colors: attention, similarity. Values outside the range take the nearest color; what is not a number
 * (beside a crop) is gray.
 *
 * @param map - [rows][columns]
 * @param options - colors and range
 * @returns one pixel a value
 * @throws DinokitError `tensor-invalid` for a map of other than two dimensions or without any number, `invalid-option` for a range
 *   whose ends are not finite or in the wrong order
 */
export function colorize(map: Tensor, { palette = 'viridis', range = { clip: 0.02 } }: ColorizeOptions = {}): Pixels {
  const [low, high] = valueRange(map, range)
  const colors = colorValues(map, { map: palette, low, high })
  for (let index = 0; index < map.data.length; index++) if (Number.isNaN(map.data[index])) colors.data.set(UNSEEN, index * 3)
  return colors
}
