/** Metrics of a classifier. */
export interface ClassificationMetrics {
  /** Share of examples whose class is right. */
  readonly top1: number
  /** The mean over classes of the share that is right; classes that do not occur are left out. */
  readonly balancedAccuracy: number
  /** [true class][predicted class] */
  readonly confusion: readonly (readonly number[])[]
}

/**
 * Evaluates predictions.
 *
 * @param predicted - class of each example
 * @param labels - its true class
 * @param classes - how many there are
 */
export function classificationMetrics(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): ClassificationMetrics {
  const confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0))
  for (let i = 0; i < labels.length; i++) confusion[labels[i]!]![predicted[i]!]!++
  const right = confusion.reduce((sum, row, label) => sum + row[label]!, 0)
  const recalls = confusion.flatMap((row, label) => {
    const count = row.reduce((sum, value) => sum + value, 0)
    return count === 0 ? [] : [row[label]! / count]
  })
  return { top1: right / labels.length, balancedAccuracy: recalls.reduce((sum, value) => sum + value, 0) / recalls.length, confusion }
}
