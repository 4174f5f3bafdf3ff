import { DinokitError, type Tensor } from '@dinokit/core'

/**
 * The cosine of the angle between two vectors: 1 for the same direction, 0 for unrelated ones.
 *
 * @param a - [dim]
 * @param b - [dim]
 * @returns -1 to 1; 0 where either is all zeros
 * @throws DinokitError `tensor-invalid` where the lengths differ
 */
export function cosineSimilarity(a: Tensor, b: Tensor): number {
  if (a.data.length !== b.data.length) {
    throw new DinokitError('tensor-invalid', 'Cosine similarity needs vectors of equal length.', {
      given: `${a.data.length} and ${b.data.length} elements`,
      expected: 'tokens of one model',
    })
  }
  let [dot, lengthA, lengthB] = [0, 0, 0]
  for (let i = 0; i < a.data.length; i++) {
    dot += a.data[i]! * b.data[i]!
    lengthA += a.data[i]! ** 2
    lengthB += b.data[i]! ** 2
  }
  return lengthA === 0 || lengthB === 0 ? 0 : dot / Math.sqrt(lengthA * lengthB)
}
