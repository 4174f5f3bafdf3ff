import type { PositionInterpolation } from '@dinokit/core'

/**
 * Resamples a grid of position embeddings to another grid, separably and in float64.
 *
 * Follows DINOv2's interpolate_pos_encoding (facebookresearch/dinov2, vision_transformer.py) and its Hugging Face
 * counterparts, which all resample by PyTorch's bicubic kernels: see {@link PositionInterpolation} for how they differ.
 *
 * @param positions - [rows * columns][dim], without the position of CLS
 * @param from - stored rows and columns
 * @param to - wanted rows and columns
 * @param interpolation - the family
 * @returns [rows * columns][dim] of the wanted grid; `positions` itself where the grid is already the wanted one
 */
export function interpolatePositions(
  positions: Float32Array,
  from: readonly [number, number],
  to: readonly [number, number],
  interpolation: PositionInterpolation,
): Float32Array {
  if (from[0] === to[0] && from[1] === to[1]) return positions
  const dim = positions.length / (from[0] * from[1])
  const vertical = sampleAxis(from[0], to[0], interpolation)
  const horizontal = sampleAxis(from[1], to[1], interpolation)
  const rows = new Float64Array(to[0] * from[1] * dim)
  const stride = from[1] * dim
  vertical.forEach(({ sources, weights }, row) =>
    sources.forEach((source, tap) => {
      for (let i = 0; i < stride; i++) rows[row * stride + i]! += weights[tap]! * positions[source * stride + i]!
    }),
  )
  const result = new Float64Array(to[0] * to[1] * dim)
  for (let row = 0; row < to[0]; row++) {
    horizontal.forEach(({ sources, weights }, column) => {
      const target = (row * to[1] + column) * dim
      sources.forEach((source, tap) => {
        const start = row * stride + source * dim
        for (let i = 0; i < dim; i++) result[target + i]! += weights[tap]! * rows[start + i]!
      })
    })
  }
  return Float32Array.from(result)
}

/** The stored positions that one wanted position is made of, and their weights. */
interface Sample {
  readonly sources: readonly number[]
  readonly weights: readonly number[]
}

/** Meta adds this to the wanted length before it forms the scale factor, against rounding in PyTorch. */
const OFFSET = 0.1

function sampleAxis(from: number, to: number, interpolation: PositionInterpolation): Sample[] {
  const step = interpolation === 'offset' ? from / (to + OFFSET) : from / to
  return Array.from({ length: to }, (_, index) =>
    interpolation === 'antialias' ? antialiased(index, from, step) : fourTaps(index, from, step),
  )
}

function fourTaps(index: number, from: number, step: number): Sample {
  const centre = (index + 0.5) * step - 0.5
  const first = Math.floor(centre)
  const taps = [-1, 0, 1, 2]
  return {
    sources: taps.map((tap) => Math.min(Math.max(first + tap, 0), from - 1)),
    weights: taps.map((tap) => cubic(centre - (first + tap), -0.75)),
  }
}

function antialiased(index: number, from: number, step: number): Sample {
  const widening = Math.max(step, 1)
  const support = 2 * widening
  const centre = (index + 0.5) * step
  const first = Math.max(Math.trunc(centre - support + 0.5), 0)
  const last = Math.min(Math.trunc(centre + support + 0.5), from)
  const sources = Array.from({ length: last - first }, (_, tap) => first + tap)
  const weights = sources.map((source) => cubic((source - centre + 0.5) / widening, -0.5))
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
