import type { Pixels } from '../pixels.ts'
import type { AxisWeights } from './axis-weights.ts'
import { rangeOf } from './resample.ts'

/**
 * Both passes in float32.
 *
 * @param pixels - the image, or the part of it that the weights read
 * @param horizontal - of its columns
 * @param vertical - of its rows
 */
export function resampleFloat(
  { data, unrounded, width }: Pixels,
  horizontal: AxisWeights<Float32Array>,
  vertical: AxisWeights<Float32Array>,
): Float32Array {
  const { first, length } = rangeOf(vertical)
  const rows = (unrounded ?? data).subarray(first * width * 3, (first + length) * width * 3)
  const narrow = horizontal.identity ? Float32Array.from(rows) : passOfColumns(rows, length, horizontal)
  const fromFirst = { ...vertical, starts: vertical.starts.map((start) => start - first) }
  return vertical.identity ? narrow : passOfRows(narrow, horizontal.starts.length * 3, fromFirst)
}

/** [lines][source columns][3] to [lines][columns][3]. */
function passOfColumns(
  source: Uint8Array | Float32Array,
  lines: number,
  { starts, counts, weights, taps }: AxisWeights<Float32Array>,
): Float32Array {
  const positions = starts.length
  const result = new Float32Array(lines * positions * 3)
  for (let line = 0, to = 0; line < lines; line++) {
    const begin = (line * source.length) / lines
    for (let at = 0; at < positions; at++, to += 3) {
      let red = 0
      let green = 0
      let blue = 0
      const end = at * taps + counts[at]!
      for (let tap = at * taps, from = begin + starts[at]! * 3; tap < end; tap++, from += 3) {
        const weight = weights[tap]!
        red = Math.fround(red + Math.fround(weight * source[from]!))
        green = Math.fround(green + Math.fround(weight * source[from + 1]!))
        blue = Math.fround(blue + Math.fround(weight * source[from + 2]!))
      }
      result[to] = red
      result[to + 1] = green
      result[to + 2] = blue
    }
  }
  return result
}

/** [source rows][length] to [rows][length]. */
function passOfRows(source: Float32Array, length: number, { starts, counts, weights, taps }: AxisWeights<Float32Array>): Float32Array {
  const result = new Float32Array(starts.length * length)
  for (let at = 0, to = 0; at < starts.length; at++, to += length) {
    for (let tap = 0; tap < counts[at]!; tap++) {
      const weight = weights[at * taps + tap]!
      const from = (starts[at]! + tap) * length
      for (let i = 0; i < length; i++) result[to + i] = result[to + i]! + Math.fround(weight * source[from + i]!)
    }
  }
  return result
}
