import { tensor, type AnyTensor, type Tensor } from '@dinokit/core'
import { joinFeatures, type ClassificationExamples, type FeatureChoice } from '../classification-examples.ts'
import { takeRows } from './take-rows.ts'

/** Makes the inputs of graphs that classify: x0, x1 ... for each choice of features, labels, weights. */
export interface ClassificationBatches {
  /** Widths of each choice’s vectors. */
  readonly widths: readonly number[]
  readonly count: number
  /** The inputs for some of the examples. */
  read(indices: readonly number[]): Record<string, AnyTensor>
}

/** Batches of examples; `balanced` weighs them so that every class counts the same. */
export function classificationBatches(
  examples: ClassificationExamples,
  choices: readonly FeatureChoice[],
  balanced = false,
): ClassificationBatches {
  const { labels } = examples
  const features = choices.map((choice) => joinFeatures(examples, choice))
  const weights = balanced ? classWeights(examples) : undefined
  const rows = (indices: readonly number[], { data, width }: (typeof features)[number]): Tensor =>
    tensor('float32', takeRows(data, width, indices), [indices.length, width])
  return {
    widths: features.map(({ width }) => width),
    count: labels.length,
    read: (indices) => ({
      ...Object.fromEntries(features.map((of, index) => [`x${index}`, rows(indices, of)])),
      labels: tensor(
        'int64',
        BigInt64Array.from(indices, (index) => BigInt(labels[index]!)),
        [indices.length],
      ),
      weights: tensor(
        'float32',
        Float32Array.from(indices, (index) => weights?.[labels[index]!] ?? 1),
        [indices.length],
      ),
    }),
  }
}

/** Inversely proportional to how often a class occurs; the mean over examples is 1. */
export function classWeights({ labels, classes }: ClassificationExamples): number[] {
  const counts = classes.map((_, index) => labels.reduce((count, label) => count + Number(label === index), 0))
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 0 : labels.length / (present * count)))
}
