import type { Resampler } from '../../cards/model-card.ts'
import type { ResizeFilter } from '../resize-filter.ts'

/** Weights of one axis for each output position: `taps` weights from `starts[i]` on, unused ones 0. */
export interface AxisWeights<Weights extends Int32Array | Float32Array = Int32Array> {
  /** First source position of each output position. */
  readonly starts: Int32Array
  /** Number of source positions of each output position. */
  readonly counts: Int32Array
  /** [output positions][taps], fixed point with {@link PRECISION} fractional bits, or float32. */
  readonly weights: Weights
  /** Row length of `weights`. */
  readonly taps: number
  /** Whether the pass changes nothing, so that it is left out. */
  readonly identity: boolean
}

/** Fractional bits of Pillow's weights: 32 - 8 - 2. */
export const PRECISION = 22

/** torch's fixed-point weights are of 16 bits, one of which is the sign. */
const TORCH_LIMIT = 2 ** 15

const FILTERS: Readonly<Record<ResizeFilter, { readonly support: number; readonly weight: (x: number) => number }>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/** A resampling with 8 bits between its passes. */
export interface FixedResampling {
  readonly filter: ResizeFilter
  /** Not one that computes in floats. */
  readonly resampler?: Resampler
}

/** Positions of the result that are computed: the first, and how many. */
export interface Wanted {
  readonly first: number
  readonly length: number
}

/** Weights of an axis before they are rounded. */
interface Exact {
  /** Source length. */
  readonly from: number
  /** Length of the whole result. */
  readonly to: number
  readonly taps: number
  /** The weights of an output position, which are good until the next call. */
  at(position: number): { readonly start: number; readonly count: number; readonly weights: Float64Array | Float32Array }
}

/**
 * Pillow's weights (precompute_coeffs and normalize_coeffs_8bpc in its Resample.c), or those that torch resizes bytes by
 * (aten/src/ATen/native/cpu/UpSampleKernel.cpp), which are Pillow's with fewer bits.
 *
 * @param from - source length
 * @param to - length of the whole result
 * @param method - Pillow's filter, and whose bits the weights have. Default `pillow`
 * @param wanted - the part of the result that is computed. Default: all of it
 */
export function axisWeights(
  from: number,
  to: number,
  { filter, resampler = 'pillow' }: FixedResampling,
  wanted: Wanted = { first: 0, length: to },
): AxisWeights {
  const exact = exactWeights(from, to, filter)
  const precision = resampler === 'pillow' ? PRECISION : torchPrecision(exact)
  // Sums of weights of fewer bits are the same with zeros below, so that one kernel does for both.
  const [ones, step] = [2 ** precision, 2 ** (PRECISION - precision)]
  const fixed = new Int32Array(wanted.length * exact.taps)
  return gather(exact, wanted, fixed, (weight) => Math.trunc(weight * ones + (weight < 0 ? -0.5 : 0.5)) * step)
}

/**
 * Weights by which torch resizes float32 bilinearly, rounded where it rounds.
 *
 * @param from - source length
 * @param to - length of the whole result
 * @param wanted - the part of the result that is computed
 */
export function floatWeights(from: number, to: number, wanted: Wanted): AxisWeights<Float32Array> {
  const exact = exactWeights(from, to, 'bilinear', Math.fround)
  return gather(exact, wanted, new Float32Array(wanted.length * exact.taps), (weight) => weight)
}

function gather<Weights extends Int32Array | Float32Array>(
  exact: Exact,
  { first, length }: Wanted,
  weights: Weights,
  rounded: (weight: number) => number,
): AxisWeights<Weights> {
  const { from, to, taps } = exact
  const [starts, counts] = [new Int32Array(length), new Int32Array(length)]
  for (let i = 0; i < length; i++) {
    const { start, count, weights: found } = exact.at(first + i)
    for (let tap = 0; tap < count; tap++) weights[i * taps + tap] = rounded(found[tap]!)
    starts[i] = start
    counts[i] = count
  }
  return { starts, counts, weights, taps, identity: from === to && length === to }
}

/** Weights in float64, or in float32 where `round` makes it that: halves are added in float64 there, too. */
function exactWeights(from: number, to: number, filter: ResizeFilter, round: (x: number) => number = (x) => x): Exact {
  const { support, weight } = FILTERS[filter]
  const scale = round(from / to)
  const widening = Math.max(scale, 1)
  const narrowing = round(1 / widening)
  const reach = support * widening
  const taps = Math.min(Math.ceil(reach) * 2 + 1, from)
  const weights = round === Math.fround ? new Float32Array(taps) : new Float64Array(taps)
  return {
    from,
    to,
    taps,
    at(position) {
      const center = round((position + 0.5) * scale)
      const start = Math.max(Math.trunc(round(center - reach) + 0.5), 0)
      const count = Math.min(Math.trunc(round(center + reach) + 0.5), from) - start
      let sum = 0
      for (let tap = 0; tap < count; tap++) {
        weights[tap] = weight(round((round(tap + start - center) + 0.5) * narrowing))
        sum = round(sum + weights[tap]!)
      }
      if (sum !== 0) for (let tap = 0; tap < count; tap++) weights[tap]! /= sum
      return { start, count, weights }
    },
  }
}

/** Fractional bits of torch's weights: as many as the largest weight of the whole axis leaves, of a window too. */
function torchPrecision(exact: Exact): number {
  let precision = PRECISION
  for (let i = 0; i < exact.to; i++) {
    const { count, weights } = exact.at(i)
    for (let tap = 0; tap < count; tap++) {
      while (Math.trunc(0.5 + weights[tap]! * 2 ** precision) >= TORCH_LIMIT) precision--
    }
    // A weight of one leaves no more, and none reaches two: so it is at the first position of every image that is enlarged.
    if (precision === ENLARGING) break
  }
  return precision
}

/** Fractional bits where a weight is one. */
const ENLARGING = 14

/** Keys' cubic convolution kernel with a = -0.5. */
function cubic(x: number): number {
  const t = Math.abs(x)
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1
  if (t < 2) return ((t - 5) * t + 8) * t * -0.5 + 2
  return 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}
