/** Quality of a classifier on examples that it was not trained on. */
export interface Evaluation {
  /** Share that it has right. */
  readonly top1: number
  /** Mean cross-entropy. */
  readonly loss: number
}

/** One epoch of a classifier’s training. */
export interface EpochEvaluation extends Evaluation {
  /** Mean over the epoch’s steps. */
  readonly trainingLoss: number
}

/** Best first: what has more right; among equals, the lower cross-entropy. */
export function compareEvaluations(a: Evaluation, b: Evaluation): number {
  return b.top1 - a.top1 || a.loss - b.loss
}
