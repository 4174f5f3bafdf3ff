import { DinokitError } from '@dinokit/core'

/** A score above which an image is not like the good ones. */
export interface AnomalyThreshold {
  readonly threshold: number
  /** Share of good images that are expected above it: what was asked for, or the least that so few images can promise. */
  readonly falseAlarms: number
  /** Number of good images that it is of. */
  readonly images: number
}

/**
 * Chooses a threshold from the scores of good images that the bank did not hold (split conformal prediction, arXiv 2107.07511): a further
 * good image scores above it with at most the stated probability. n images promise 1 / (n + 1) at best.
 *
 * @param scores - of good images that were held out
 * @param falseAlarms - share of good images that may be above it, above 0 and below 1
 * @throws DinokitError `invalid-option`, `tensor-invalid` where there are no scores
 */
export function anomalyThreshold(scores: readonly number[], falseAlarms: number): AnomalyThreshold {
  if (!(falseAlarms > 0 && falseAlarms < 1)) {
    throw new DinokitError('invalid-option', 'The share of false alarms is not between 0 and 1.', {
      given: String(falseAlarms),
      expected: 'a number above 0 and below 1',
    })
  }
  if (scores.length === 0 || !scores.every(Number.isFinite)) {
    throw new DinokitError('tensor-invalid', 'A threshold needs scores of good images.', {
      given: scores.length === 0 ? 'no scores' : 'a score that is not finite',
      expected: 'at least one finite score',
    })
  }
  const sorted = [...scores].sort((a, b) => a - b)
  const rank = Math.min(sorted.length, Math.ceil((sorted.length + 1) * (1 - falseAlarms) - 1e-9))
  return {
    threshold: sorted[rank - 1]!,
    falseAlarms: (sorted.length + 1 - rank) / (sorted.length + 1),
    images: sorted.length,
  }
}
