import type { PositionInterpolation } from '@dinokit/core'

/** The source positions that one wanted position is made of, and their weights. */
export interface Sample {
  readonly sources: readonly number[]
  readonly weights: readonly number[]
}

/** Meta adds this to the wanted length before it forms the scale factor, against rounding in PyTorch. */
const OFFSET = 0.1

/** Computes the weights of each position of one axis, by PyTorch's bicubic kernels: see {@link PositionInterpolation}. */
export function sampleAxis(from: number, to: number, interpolation: PositionInterpolation): Sample[] {
  const step = interpolation === 'offset' ? from / (to + OFFSET) : from / to
  return Array.from({ length: to }, (_, index) =>
    interpolation === 'antialias' ? antialiased(index, from, step) : fourTaps(index, from, step),
  )
}

function fourTaps(index: number, from: number, step: number): Sample {
  const center = (index + 0.5) * step - 0.5
  const first = Math.floor(center)
  const taps = [-1, 0, 1, 2]
  return {
    sources: taps.map((tap) => Math.min(Math.max(first + tap, 0), from - 1)),
    weights: taps.map((tap) => cubic(center - (first + tap), -0.75)),
  }
}

function antialiased(index: number, from: number, step: number): Sample {
  const widening = Math.max(step, 1)
  const support = 2 * widening
  const center = (index + 0.5) * step
  const first = Math.max(Math.trunc(center - support + 0.5), 0)
  const last = Math.min(Math.trunc(center + support + 0.5), from)
  const sources = Array.from({ length: last - first }, (_, tap) => first + tap)
  const weights = sources.map((source) => cubic((source - center + 0.5) / widening, -0.5))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return { sources, weights: weights.map((weight) => weight / sum) }
}

/** Keys' cubic convolution kernel ("Cubic convolution interpolation for digital image processing", 1981). */
function cubic(x: number, a: number): number {
  const t = Math.abs(x)
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1
  if (t < 2) return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
  return 0
}
