import type { ResizeFilter } from '../resize-filter.ts'

/** Weights of one axis for each output position: `taps` weights from `starts[i]` on, unused ones 0. */
export interface AxisWeights {
  /** First source position of each output position. */
  readonly starts: Int32Array
  /** Number of source positions of each output position. */
  readonly counts: Int32Array
  /** [output positions][taps], fixed point with {@link PRECISION} fractional bits. */
  readonly weights: Int32Array
  /** Row length of `weights`. */
  readonly taps: number
  /** Whether the pass changes nothing, so that Pillow leaves it out. */
  readonly identity: boolean
}

/** Fractional bits of Pillow's weights: 32 - 8 - 2. */
export const PRECISION = 22

const FILTERS: Readonly<Record<ResizeFilter, { readonly support: number; readonly weight: (x: number) => number }>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/**
 * Pillow's weights (precompute_coeffs and normalize_coeffs_8bpc in its Resample.c).
 *
 * @param from - source length
 * @param to - length of the whole result
 * @param filter - Pillow's filter
 * @param first - first wanted position of the result
 * @param length - number of wanted positions
 */
export function axisWeights(from: number, to: number, filter: ResizeFilter, first: number, length: number): AxisWeights {
  const { support, weight } = FILTERS[filter]
  const scale = from / to
  const widening = Math.max(scale, 1)
  const reach = support * widening
  const taps = Math.min(Math.ceil(reach) * 2 + 1, from)
  const starts = new Int32Array(length)
  const counts = new Int32Array(length)
  const weights = new Int32Array(length * taps)
  const exact = new Float64Array(taps)
  for (let i = 0; i < length; i++) {
    const center = (first + i + 0.5) * scale
    const start = Math.max(Math.trunc(center - reach + 0.5), 0)
    const count = Math.min(Math.trunc(center + reach + 0.5), from) - start
    let sum = 0
    for (let tap = 0; tap < count; tap++) {
      exact[tap] = weight((tap + start - center + 0.5) * (1 / widening))
      sum += exact[tap]!
    }
    for (let tap = 0; tap < count; tap++) {
      const fixed = (sum === 0 ? exact[tap]! : exact[tap]! / sum) * (1 << PRECISION)
      weights[i * taps + tap] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
    }
    starts[i] = start
    counts[i] = count
  }
  return { starts, counts, weights, taps, identity: from === to && length === to }
}

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
