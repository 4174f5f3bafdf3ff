import { tensor, type PositionInterpolation, type Tensor } from '@dinokit/core'
import { sampleAxis } from './lib/sample-axis.ts'

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

/**
 * Computes the matrix that {@link interpolatePositions} multiplies one axis of the grid with.
 *
 * @param from - stored length
 * @param to - wanted length
 * @param interpolation - the family
 * @returns [to][from]
 */
export function positionMatrix(from: number, to: number, interpolation: PositionInterpolation): Tensor {
  const matrix = new Float32Array(to * from)
  sampleAxis(from, to, interpolation).forEach(({ sources, weights }, row) =>
    sources.forEach((source, tap) => {
      matrix[row * from + source]! += weights[tap]!
    }),
  )
  return tensor('float32', matrix, [to, from])
}
