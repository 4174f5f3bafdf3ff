import type { Tensor } from '@dinokit/core'
import { pairsAbove } from '@dinokit/core/vectors'
import { exactHeads, sketchHeads } from '../lib/heads-of.ts'
import { createPause } from '../lib/pause.ts'
import { cosineOf, rowsOf } from '../lib/rows-of.ts'
import { assertThreshold, headsAt, SAME, type GroupOptions } from './group-similar.ts'

/** Two rows that are similar. */
export interface SimilarPair {
  readonly one: number
  readonly other: number
  /** Their cosine, in double precision. */
  readonly similarity: number
}

const BLOCK = 1024

/**
 * Finds all pairs of a row before a place and one from it on whose cosine is at least a threshold. Exact, unless a sketch is asked for.
 *
 * @param vectors - [rows][dim]; their lengths do not matter
 * @param before - number of rows of the first set
 * @param options - threshold, sketch, progress, cancellation
 * @returns the most similar first
 * @throws DinokitError `invalid-option` for a threshold that is no cosine, `tensor-invalid`, `aborted`
 */
export async function pairsAcross(vectors: Tensor, before: number, options: Omit<GroupOptions, 'order'>): Promise<SimilarPair[]> {
  const { threshold, signal, onProgress, sketch = false } = options
  assertThreshold(threshold)
  const rows = rowsOf(vectors)
  const pause = createPause(signal)
  if (before < 1 || before >= rows.count) return []
  const heads = sketch ? sketchHeads(rows, threshold) : exactHeads(rows, threshold)
  const found: SimilarPair[] = []
  for (let start = 0; start < before; start += BLOCK) {
    const some = rangeOf(start, Math.min(start + BLOCK, before))
    const thresholds = new Float32Array(some.length).fill(threshold - heads.slack)
    for (let first = before; first < rows.count; first += BLOCK) {
      const others = rangeOf(first, Math.min(first + BLOCK, rows.count))
      for (const pair of pairsAbove({ a: headsAt(heads, some), b: headsAt(heads, others), dim: heads.width, thresholds })) {
        const [one, other] = [some[pair >>> 16]!, others[pair & 0xffff]!]
        const similarity = cosineOf(rows, one, other)
        if (similarity >= threshold - SAME) found.push({ one, other, similarity })
      }
      await pause()
    }
    onProgress?.({ name: 'rows', unit: 'rows', done: start + some.length, total: before })
  }
  return found.sort((a, b) => b.similarity - a.similarity || a.one - b.one || a.other - b.other)
}

function rangeOf(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
}
