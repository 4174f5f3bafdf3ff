import { DinokitError, type Tensor } from '@dinokit/core'

/** Tokens without what they have in common. */
export interface CenteredTokens {
  /** [tokens][dim] */
  readonly centered: Float32Array
  /** Share of the tokens' squares that is left, 0 (all are one) to 1. */
  readonly variation: number
}

/**
 * Takes the mean of the tokens that count from all.
 *
 * @throws DinokitError `tensor-invalid` where a value that counts is not finite
 */
export function centerTokens({ data, shape }: Tensor, removed: Uint8Array): CenteredTokens {
  const dim = shape.at(-1)!
  const mean = new Float64Array(dim)
  let [count, squares] = [0, 0]
  removed.forEach((value, token) => {
    if (value) return
    count++
    for (let i = 0; i < dim; i++) {
      mean[i]! += data[token * dim + i]!
      squares += data[token * dim + i]! ** 2
    }
  })
  for (let i = 0; i < dim; i++) mean[i]! /= count
  if (!Number.isFinite(squares)) {
    throw new DinokitError('tensor-invalid', 'The tokens are not finite.', { given: 'NaN or infinity', expected: 'finite numbers' })
  }
  const centered = Float32Array.from(data, (value, i) => value - mean[i % dim]!)
  const common = mean.reduce((sum, value) => sum + value * value, 0) * count
  return { centered, variation: squares > 0 ? 1 - common / squares : 0 }
}
