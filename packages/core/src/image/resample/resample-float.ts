import type { Pixels } from '../pixels.ts'
import type { FloatWeights } from './float-weights.ts'
import { rangeOf } from './resample.ts'

/**
 * Both passes in float32, and one rounding to bytes at the end: to the nearest, halves to even.
 *
 * @param pixels - the image, or the part of it that the weights read
 * @param horizontal - of its columns
 * @param vertical - of its rows
 */
export function resampleFloat(pixels: Pixels, horizontal: FloatWeights, vertical: FloatWeights): Uint8Array {
  const rows = rangeOf(vertical)
  const needed = pixels.data.subarray(rows.first * pixels.width * 3, (rows.first + rows.length) * pixels.width * 3)
  const narrow = horizontal.identity ? Float32Array.from(needed) : across(needed, pixels.width, rows.length, horizontal)
  const low = vertical.identity ? narrow : down(narrow, horizontal.starts.length * 3, rows.first, vertical)
  return new Uint8Array(Uint8ClampedArray.from(low).buffer)
}

/** [height][source width][3] to [height][output width][3]. */
function across(source: Uint8Array, sourceWidth: number, height: number, { starts, counts, weights, taps }: FloatWeights): Float32Array {
  const single = Math.fround
  const width = starts.length
  const result = new Float32Array(width * height * 3)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [red, green, blue] = [0, 0, 0]
      let from = (y * sourceWidth + starts[x]!) * 3
      for (let tap = x * taps, end = tap + counts[x]!; tap < end; tap++) {
        const weight = weights[tap]!
        red = single(red + single(weight * source[from++]!))
        green = single(green + single(weight * source[from++]!))
        blue = single(blue + single(weight * source[from++]!))
      }
      result[to++] = red
      result[to++] = green
      result[to++] = blue
    }
  }
  return result
}

/** [source height][stride] to [output height][stride]; positions less `firstRow` are rows of the source. */
function down(source: Float32Array, stride: number, firstRow: number, { starts, counts, weights, taps }: FloatWeights): Float32Array {
  const single = Math.fround
  const result = new Float32Array(stride * starts.length)
  starts.forEach((start, y) => {
    const row = result.subarray(y * stride, (y + 1) * stride)
    for (let tap = 0; tap < counts[y]!; tap++) {
      const weight = weights[y * taps + tap]!
      const from = (start - firstRow + tap) * stride
      for (let i = 0; i < stride; i++) row[i] = single(row[i]! + single(weight * source[from + i]!))
    }
  })
  return result
}
