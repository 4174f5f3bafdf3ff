import type { Pixels } from '../pixels.ts'
import type { AxisWeights } from './axis-weights.ts'
import { rangeOf } from './resample.ts'

/**
 * Both passes in float32, and one rounding to bytes at the end: to the nearest, halves to even.
 *
 * @param pixels - the image, or the part of it that the weights read
 * @param horizontal - of its columns
 * @param vertical - of its rows
 */
export function resampleFloat(
  { data, width }: Pixels,
  horizontal: AxisWeights<Float32Array>,
  vertical: AxisWeights<Float32Array>,
): Uint8Array {
  const { first, length } = rangeOf(vertical)
  const rows = Float32Array.from(data.subarray(first * width * 3, (first + length) * width * 3))
  const narrow = horizontal.identity ? rows : pass(rows, length, 3, horizontal)
  const fromFirst = { ...vertical, starts: vertical.starts.map((start) => start - first) }
  const low = vertical.identity ? narrow : pass(narrow, 1, horizontal.starts.length * 3, fromFirst)
  return new Uint8Array(Uint8ClampedArray.from(low).buffer)
}

/** [lines][source positions][block] to [lines][positions][block]: each of a block with the same weights. */
function pass(
  source: Float32Array,
  lines: number,
  block: number,
  { starts, counts, weights, taps }: AxisWeights<Float32Array>,
): Float32Array {
  const positions = starts.length
  const result = new Float32Array(lines * positions * block)
  for (let line = 0, to = 0; line < lines; line++) {
    const begin = (line * source.length) / lines
    for (let at = 0; at < positions; at++, to += block) {
      for (let tap = 0; tap < counts[at]!; tap++) {
        const weight = weights[at * taps + tap]!
        const from = begin + (starts[at]! + tap) * block
        for (let i = 0; i < block; i++) result[to + i] = result[to + i]! + Math.fround(weight * source[from + i]!)
      }
    }
  }
  return result
}
