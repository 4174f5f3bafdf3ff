import { DinokitError } from '@dinokit/core'

/** Vectors of images. */
export interface ExampleVectors {
  /** [examples][layers * dim]: the class tokens of the last layers, the last layer’s at the end. */
  readonly cls: Float32Array
  /** [examples][dim]: the mean of the last layer’s patches; undefined where it is not kept. */
  readonly mean?: Float32Array
}

/** Images’ vectors with their classes, in memory: what classifiers are trained on. */
export interface ClassificationExamples extends ExampleVectors {
  /** Width of a token. */
  readonly dim: number
  /** Names of the classes, in the order of their numbers. */
  readonly classes: readonly string[]
  /** Class of each example. */
  readonly labels: Int32Array
  /** The mirrored images’, where they are to be trained on: see {@link withMirrored}. */
  readonly mirrored?: ExampleVectors
}

/** Choice of an example's features. */
export interface FeatureChoice {
  /** Number of the last layers’ class tokens. */
  readonly layers: number
  /** Whether the mean of the patches follows them. */
  readonly mean: boolean
}

/**
 * Checks examples before anything is trained on them.
 *
 * @param examples - to check
 * @param name - of the split, for messages
 * @throws DinokitError `invalid-option` where there are none, or one class only; `tensor-invalid` where vectors and labels
 *   do not fit each other, or a vector is not finite
 */
export function assertExamples({ dim, classes, labels, cls, mean }: ClassificationExamples, name: string): void {
  if (labels.length === 0) throw new DinokitError('invalid-option', `The ${name} split is empty.`, { given: '0 examples' })
  if (classes.length < 2) {
    throw new DinokitError('invalid-option', `The ${name} split has one class only.`, {
      given: classes.join(', '),
      expected: 'two or more',
    })
  }
  const fits = cls.length % (labels.length * dim) === 0 && cls.length > 0 && (!mean || mean.length === labels.length * dim)
  if (!fits || labels.some((label) => label < 0 || label >= classes.length)) {
    throw new DinokitError('tensor-invalid', `The vectors and labels of the ${name} split do not fit each other.`, {
      given: `${labels.length} labels, ${cls.length} numbers of class tokens, dim ${dim}`,
    })
  }
  const at = cls.findIndex((value) => !Number.isFinite(value))
  if (at >= 0) {
    const example = Math.floor(at / (cls.length / labels.length))
    throw new DinokitError('tensor-invalid', `Example ${example} of the ${name} split has a vector that is not finite.`, {
      given: String(cls[at]),
    })
  }
}

/**
 * The vectors that a classifier looks at.
 *
 * @param examples - to take them from
 * @param choice - layers, mean
 * @returns [examples][width], and the width
 * @throws DinokitError `output-unavailable` where they were not kept
 */
export function joinFeatures(
  { dim, labels, cls, mean }: ClassificationExamples,
  choice: FeatureChoice,
): { data: Float32Array; width: number } {
  const kept = cls.length / labels.length
  const width = choice.layers * dim
  if (width > kept || (choice.mean && !mean)) {
    throw new DinokitError('output-unavailable', `These examples have ${kept / dim} layers${mean ? '' : ' and no mean patch token'}.`, {
      given: `${choice.layers} layers${choice.mean ? ' and the mean patch token' : ''}`,
    })
  }
  const all = width + (choice.mean ? dim : 0)
  const data = new Float32Array(labels.length * all)
  for (let i = 0; i < labels.length; i++) {
    data.set(cls.subarray((i + 1) * kept - width, (i + 1) * kept), i * all)
    if (choice.mean) data.set(mean!.subarray(i * dim, (i + 1) * dim), i * all + width)
  }
  return { data, width: all }
}
