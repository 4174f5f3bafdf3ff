import { DinokitError } from '@dinokit/core'
import type { Store } from '@dinokit/store'
import { takeExamples, type ClassificationExamples } from '../../index.ts'
import { readClassification, type StoredClassification } from '../read-classification.ts'
import { assertEveryClass, assertPairs, splitByShare } from '../split-examples.ts'
import { splitsOf, VALIDATION_SHARE, type SplitChoice } from '../store-splits.ts'
import type { CLASSIFIER_METHODS } from './classifier-methods.ts'

/** Rows up to which the choice is by cross-validation where there is no validation split: with more, a share will do. */
export const MOST_FOLDED = 5000
/** Folds where nothing else is said. */
export const DEFAULT_FOLDS = 5

/** Options that decide which rows train a classifier and which evaluate it. */
export interface ClassificationSplitOptions extends SplitChoice {
  /**
   * `sweep`: linear classifiers by 13 learning rates side by side; `logistic`: regression with 45 penalties; `mlp`: one hidden
   * layer. Default: logistic without a validation split, else sweep.
   */
  readonly method?: keyof typeof CLASSIFIER_METHODS
  /** Cross-validate by so many parts of the rows to train on. Default: 5 without a validation split, but not for a sweep. */
  readonly folds?: number
  /** Layers whose class tokens are looked at. Default: all that the store holds. */
  readonly layers?: readonly number[]
  /** Train on mirrored images too; the store must hold them. Default false. */
  readonly flip?: boolean
  /** Times that every example is seen; not for logistic regression. Default: the method’s. */
  readonly epochs?: number
  /** Examples of one step; not for logistic regression. Default: the method’s. */
  readonly batch?: number
  /** Stop after so many epochs without a better one, and keep the best; not for logistic regression. Default: never. */
  readonly patience?: number
  /** Evaluate after every epoch; not for logistic regression. Default: only where there is patience. */
  readonly everyEpoch?: boolean
  /** Seed of the folds, the first weights and the order of examples. Default 0. */
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** Rows for training and rows for evaluation. */
export interface ClassificationSplits {
  readonly method: keyof typeof CLASSIFIER_METHODS
  readonly train: ClassificationExamples
  /** Undefined where folds of the training rows are. */
  readonly validation?: ClassificationExamples
  /** Examples that the best is finally fitted to, where they are not the training rows. */
  readonly all?: ClassificationExamples
  readonly folds?: number
  readonly layers: StoredClassification['layers']
  readonly unlabeled: number
  readonly splits: { readonly train: string | undefined; readonly validation?: string | number }
  readonly counts: Readonly<Record<string, number>>
  /** sha256 of the files of the images that what is written was fitted to. */
  readonly trainedOn: readonly string[]
  /** Description of how the metrics were measured, for the card and for people. */
  readonly measured: string
  readonly of: string
  /** Why it is not evaluated on the validation split, in a sentence. */
  readonly note?: string
}

/**
 * Reads the rows to train a classifier on and to evaluate it on. Where the validation split has other classes than those that are
 * trained on, the training rows are cross-validated, or a share of them held back, as if there were no such split.
 *
 * @param store - stays the caller’s
 * @param depth - number of the model’s layers
 * @param options - splits, method, folds
 * @throws DinokitError those of `readClassification` and `splitsOf`; `label-invalid` where the classes are too few or too small
 */
export async function readClassificationSplits(
  store: Store,
  depth: number,
  options: ClassificationSplitOptions,
): Promise<ClassificationSplits> {
  const { flip = false, seed = 0, signal } = options
  const { train: split, validation: asked } = await splitsOf(store, options)
  const common = { depth, ...(signal && { signal }), ...(options.layers && { layers: options.layers }) }
  const read = await readClassification(store, { ...common, mirrored: flip, ...(split !== undefined && { split }) })
  const { examples, layers, hashes } = read
  assertTwoClasses(examples)
  const count = examples.labels.length
  const held = typeof asked === 'string' ? await readClassification(store, { ...common, split: asked }) : undefined
  const apart = held && classesApart(asked as string, examples.classes, held.examples.classes)
  const free = apart !== undefined || (held === undefined && options.validation === undefined)
  const { method, folds } = evaluationMethod(options, count, free)
  const about = { method, layers, trainedOn: hashes, unlabeled: read.unlabeled + (held && !apart ? held.unlabeled : 0) }
  const noteOf = (way: string): Pick<ClassificationSplits, 'note'> => (apart === undefined ? {} : { note: `${apart} ${way}` })
  if (folds !== undefined) {
    assertPairs(examples)
    return {
      ...about,
      train: examples,
      folds,
      splits: { train: split },
      counts: { train: count, folds },
      measured: `by ${folds}-fold cross-validation, of what was then fitted to all rows`,
      of: `of ${count} by ${folds}-fold cross-validation`,
      ...noteOf(`The ${count} rows to train on are cross-validated instead.`),
    }
  }
  if (held && apart === undefined) {
    const splits = { train: split, validation: asked }
    return { ...about, ...heldBack(examples, held.examples), measured: 'on the validation rows', splits }
  }
  const share = typeof asked === 'number' ? asked : VALIDATION_SHARE
  const parts = splitByShare(examples.labels, share, seed)
  const part = heldBack(takeExamples(examples, parts.rest), takeExamples(examples, parts.held))
  assertEveryClass(part.validation, 'validation')
  const whole = {
    ...about,
    ...part,
    splits: { train: split, validation: share },
    ...noteOf(`${100 * share} % of the rows to train on are held back instead.`),
  }
  if (options.patience !== undefined)
    return { ...whole, trainedOn: parts.rest.map((index) => hashes[index]!), measured: 'on the validation rows' }
  return { ...whole, all: examples, measured: 'on the validation rows, before it was fitted to them too' }
}

/** The method, and by how many folds it is evaluated: undefined where rows are held back. */
function evaluationMethod(
  { method: named, folds: asked, patience, everyEpoch = false, epochs, batch }: ClassificationSplitOptions,
  count: number,
  free: boolean,
): Pick<ClassificationSplits, 'method'> & { readonly folds: number | undefined } {
  const few = free && patience === undefined && count <= MOST_FOLDED
  const plain = !everyEpoch && (epochs ?? batch) === undefined
  const method = named ?? (plain && (few || asked !== undefined) ? 'logistic' : 'sweep')
  // The sweep costs so much more that it is not done five times unasked.
  return { method, folds: asked ?? (few && method !== 'sweep' ? DEFAULT_FOLDS : undefined) }
}

function heldBack(
  train: ClassificationExamples,
  validation: ClassificationExamples,
): Pick<ClassificationSplits, 'train' | 'counts' | 'of'> & { readonly validation: ClassificationExamples } {
  const counts = { train: train.labels.length, validation: validation.labels.length }
  return { train, validation, counts, of: `of ${counts.validation} held back` }
}

/** Why rows can't be evaluated on, in a sentence; undefined where they are of the classes that are trained on. */
function classesApart(split: string, trained: readonly string[], held: readonly string[]): string | undefined {
  const without = (all: readonly string[], others: readonly string[]): string => {
    const names = all.filter((name) => !others.includes(name))
    return names.length > 6 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} others` : names.join(', ')
  }
  const [missing, unknown] = [without(trained, held), without(held, trained)]
  if (missing !== '') return `The split ${split} has no image of ${missing}.`
  return unknown === '' ? undefined : `The split ${split} has images of ${unknown}, which no row to train on is of.`
}

function assertTwoClasses({ classes, labels }: ClassificationExamples): void {
  if (classes.length > 1) return
  throw new DinokitError('label-invalid', `All ${labels.length} images have one class, ${classes[0]}.`, {
    given: classes.join(', '),
    expected: 'two classes or more',
  })
}
