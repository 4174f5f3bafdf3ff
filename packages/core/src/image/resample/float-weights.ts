import type { AxisReach } from './axis-weights.ts'

/** Weights of one axis in float32: `taps` weights from `starts[i]` on, unused ones 0. */
export interface FloatWeights extends AxisReach {
  /** [output positions][taps] */
  readonly weights: Float32Array
}

const single = Math.fround

/**
 * Weights by which torch resizes float32 bilinearly with antialias (aten/src/ATen/native/cpu/UpSampleKernel.cpp), with its
 * roundings: positions in float32, halves added in float64.
 *
 * @param from - source length
 * @param to - length of the whole result
 * @param first - first wanted position of the result
 * @param length - number of wanted positions
 */
export function floatWeights(from: number, to: number, first: number, length: number): FloatWeights {
  const scale = single(from / to)
  const reach = scale >= 1 ? scale : 1
  const narrowing = scale >= 1 ? single(1 / scale) : 1
  const taps = Math.min(Math.ceil(reach) * 2 + 1, from)
  const starts = new Int32Array(length)
  const counts = new Int32Array(length)
  const weights = new Float32Array(length * taps)
  for (let i = 0; i < length; i++) {
    const center = single(scale * (first + i + 0.5))
    const start = Math.max(Math.trunc(single(center - reach) + 0.5), 0)
    const count = Math.min(Math.min(Math.trunc(single(center + reach) + 0.5), from) - start, taps)
    const own = weights.subarray(i * taps, i * taps + count)
    let sum = 0
    for (let tap = 0; tap < count; tap++) {
      own[tap] = triangle(single((single(tap + start - center) + 0.5) * narrowing))
      sum = single(sum + own[tap]!)
    }
    if (sum !== 0) for (let tap = 0; tap < count; tap++) own[tap]! /= sum
    starts[i] = start
    counts[i] = count
  }
  return { starts, counts, weights, taps, identity: from === to && length === to }
}

function triangle(x: number): number {
  const distance = Math.abs(x)
  return distance < 1 ? 1 - distance : 0
}
