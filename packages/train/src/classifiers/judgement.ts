/** How well a classifier does on examples that it was not trained on. */
export interface Judgement {
  /** Share that it has right. */
  readonly top1: number
  /** Mean cross-entropy. */
  readonly loss: number
}

/** One epoch of a classifier’s training. */
export interface EpochJudgement extends Judgement {
  /** Mean over the epoch’s steps. */
  readonly trainingLoss: number
}

/** Best first: what has more right; among equals, the lower cross-entropy. */
export function compareJudgements(a: Judgement, b: Judgement): number {
  return b.top1 - a.top1 || a.loss - b.loss
}
