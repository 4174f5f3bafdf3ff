import { cosineSimilarity } from '@dinokit/analysis'
import { tensor, type Tensor } from '@dinokit/core'

/**
 * Cosines of the vectors of two tensors, which lie one after the other.
 *
 * @param a - whose last side is the length of a vector
 * @param b - of the same length
 */
export function cosines({ data: a, shape }: Tensor, { data: b }: Tensor): number[] {
  const width = shape.at(-1)!
  const row = (of: Float32Array, i: number): Tensor => tensor('float32', of.subarray(i * width, (i + 1) * width), [width])
  return Array.from({ length: a.length / width }, (_, i) => cosineSimilarity(row(a, i), row(b, i)))
}

/** Mean of some numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
