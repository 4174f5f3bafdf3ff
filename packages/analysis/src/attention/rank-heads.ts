import { DinokitError, type Tensor } from '@dinokit/core'

/** An attention head, and how well it separates a target from the rest. */
export interface RankedHead {
  /** Layer, counted from 1. */
  readonly layer: number
  /** Head of the layer, counted from 1. */
  readonly head: number
  /** Average precision of its attention as a score of the target's patches, 0 to 1. */
  readonly averagePrecision: number
}

/**
 * Computes average precision as scikit-learn does: the mean of the precision at each rank, weighted by the recall that it adds; equal
 * scores share a rank.
 *
 * @param scores - of each item
 * @param labels - 1 for each item that is to score high
 * @returns 0 to 1; the share of ones is what chance gives
 * @throws DinokitError `tensor-invalid` for lengths that differ or scores that are not finite, `label-invalid` where no item is 1
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
  const all = Array.from(labels).filter(Boolean).length
  if (scores.length !== labels.length || order.some((i) => !Number.isFinite(scores[i]))) {
    throw new DinokitError('tensor-invalid', 'Scores and labels do not go together.', {
      given: `${scores.length} scores, ${labels.length} labels`,
      expected: 'one finite score for each label',
    })
  }
  if (all === 0) throw emptyTarget()
  let [sum, found, before] = [0, 0, 0]
  order.forEach((item, rank) => {
    found += labels[item] ? 1 : 0
    if (rank + 1 < order.length && scores[order[rank + 1]!] === scores[item]) return
    sum += ((found - before) / all) * (found / (rank + 1))
    before = found
  })
  return sum
}

/**
 * Ranks the attention heads of layers by how well their attention separates a target from the rest.
 *
 * @param layers - [heads][rows][columns] of each layer, by its number: of `attentionMaps`
 * @param target - [rows][columns], 1 for patches of the target: of `patchMask`
 * @returns best first
 * @throws DinokitError those of {@link averagePrecision}
 */
export function rankHeads(layers: ReadonlyMap<number, Tensor>, target: Tensor<'bool'>): RankedHead[] {
  const ranked = [...layers].flatMap(([layer, { data, shape }]) =>
    Array.from({ length: shape[0]! }, (_, index) => {
      const patches = data.length / shape[0]!
      const scores = data.subarray(index * patches, (index + 1) * patches)
      return { layer, head: index + 1, averagePrecision: averagePrecision(scores, target.data) }
    }),
  )
  return ranked.sort((a, b) => b.averagePrecision - a.averagePrecision)
}

function emptyTarget(): DinokitError {
  return new DinokitError('label-invalid', 'The target is empty.', {
    given: 'no patch of the target',
    expected: 'a mask or a box that covers at least half of one patch',
  })
}
