import type { AxisWeights, Wanted } from './axis-weights.ts'

/** Parameter of OpenCV's cubic kernel. */
const A = -0.75
const TAPS = 4

/**
 * Weights of one axis by which OpenCV resizes by INTER_CUBIC (opencv/opencv, resize.cpp): four neighbors, however
 * much an image shrinks; at the edges the last pixel stands for those beyond. Positions and weights are float32, as there.
 *
 * @param from - source length
 * @param to - length of the whole result
 * @param wanted - the part of the result that is computed
 */
export function openCvWeights(from: number, to: number, { first, length }: Wanted): AxisWeights<Float32Array> {
  const [starts, counts, weights] = [new Int32Array(length), new Int32Array(length), new Float32Array(length * TAPS)]
  const within = (position: number): number => Math.min(Math.max(position, 0), from - 1)
  for (let i = 0; i < length; i++) {
    const at = Math.fround((first + i + 0.5) * (from / to) - 0.5)
    const left = Math.floor(at)
    const start = within(left - 1)
    starts[i] = start
    counts[i] = within(left + 2) - start + 1
    cubicWeights(Math.fround(at - left)).forEach((weight, tap) => {
      weights[i * TAPS + within(left - 1 + tap) - start]! += weight
    })
  }
  return { starts, counts, weights, taps: TAPS, identity: from === to && length === to }
}

/** Weights of the two pixels to the left of a position and the two to the right, `x` behind the second. */
function cubicWeights(x: number): number[] {
  const near = (t: number): number => Math.fround(((A + 2) * t - (A + 3)) * t * t + 1)
  const far = Math.fround(((A * (x + 1) - 5 * A) * (x + 1) + 8 * A) * (x + 1) - 4 * A)
  const [second, third] = [near(x), near(1 - x)]
  return [far, second, third, Math.fround(1 - far - second - third)]
}
