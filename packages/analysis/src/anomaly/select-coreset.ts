import { assertNotAborted, DinokitError, type Tensor } from '@dinokit/core'
import { unitTokens } from '../lib/unit-tokens.ts'

/** Options of {@link selectCoreset}. */
export interface CoresetOptions {
  /** Told after each thousand vectors. */
  readonly onProgress?: (done: number, total: number) => void
  /** Cancels the selection. */
  readonly signal?: AbortSignal
}

const STEP = 1000

/**
 * Selects the vectors that cover a set best: each is the one that is least similar to those selected before it (greedy k-center,
 * arXiv 1708.00489), the first vector first, so that the same set has the same coreset.
 *
 * @param vectors - [vectors][dim]
 * @param count - of vectors to select; all where there are no more
 * @param options - progress, cancellation
 * @returns places in `vectors`, in the order of selection
 * @throws DinokitError `invalid-option`, `tensor-invalid` where a value is not finite, `aborted`
 */
export async function selectCoreset(vectors: Tensor, count: number, { onProgress, signal }: CoresetOptions = {}): Promise<number[]> {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new DinokitError('invalid-option', 'A coreset has at least one vector.', {
      given: String(count),
      expected: 'a whole number from 1',
    })
  }
  const units = unitTokens(vectors)
  const dim = vectors.shape.at(-1)!
  const total = units.length / dim
  const nearest = new Float64Array(total).fill(-Infinity)
  const selected = total > 0 ? [0] : []
  let last = 0
  while (selected.length < Math.min(count, total)) {
    last = leastSimilar(units, dim, last, nearest)
    selected.push(last)
    if (selected.length % STEP !== 0) continue
    onProgress?.(selected.length, Math.min(count, total))
    // The event loop goes on meanwhile, so that an interruption is heard.
    await new Promise((done) => setTimeout(done, 0))
    assertNotAborted(signal)
  }
  return selected
}

/** Raises each vector's similarity to the nearest selected one by one more of them, and finds the vector of the lowest. */
function leastSimilar(units: Float32Array, dim: number, last: number, nearest: Float64Array): number {
  const chosen = units.slice(last * dim, (last + 1) * dim)
  nearest[last] = Infinity
  let [least, place] = [Infinity, -1]
  for (let vector = 0, start = 0; vector < nearest.length; vector++, start += dim) {
    let before = nearest[vector]!
    if (before < Infinity) {
      let [even, odd] = [0, 0]
      let i = 0
      for (; i + 1 < dim; i += 2) {
        even += chosen[i]! * units[start + i]!
        odd += chosen[i + 1]! * units[start + i + 1]!
      }
      if (i < dim) even += chosen[i]! * units[start + i]!
      if (even + odd > before) nearest[vector] = before = even + odd
    }
    if (before < least) [least, place] = [before, vector]
  }
  return place
}
