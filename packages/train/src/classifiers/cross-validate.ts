import { DinokitError } from '@dinokit/core'
import type { ClassificationExamples } from './classification-examples.ts'
import { compareEvaluations, type EpochEvaluation, type Evaluation } from './evaluation.ts'
import { stratifiedFolds } from './stratified-folds.ts'
import { takeExamples } from './take-examples.ts'

/** A way to train a classifier, and how well it did. */
export interface Candidate<Choice> extends Evaluation {
  readonly choice: Choice
  /** Standard error of `loss` over the folds, where there are any. */
  readonly lossError?: number
  /** Its epochs, where every one was evaluated. */
  readonly epochs?: readonly EpochEvaluation[]
}

/** Examples to train on and to evaluate on in turn. */
export interface Fold {
  readonly train: ClassificationExamples
  readonly validation: ClassificationExamples
  /** Counted from 0, of `folds`. */
  readonly fold: number
  readonly folds: number
}

/** Options of {@link crossValidate}. */
export interface CrossValidationOptions {
  /** Parts, each of which is held back in turn. Default 5. */
  readonly folds?: number
  /** Seed of the split into folds. Default 0. */
  readonly seed?: number
}

/** Defaults of {@link CrossValidationOptions}. */
export const CROSS_VALIDATION_DEFAULTS = Object.freeze({ folds: 5, seed: 0 }) satisfies CrossValidationOptions

/**
 * Stratified k-fold cross-validation (Kohavi, "A study of cross-validation and bootstrap for accuracy estimation and model
 * selection", IJCAI 1995): every example is evaluated once, by a classifier that was trained without it.
 *
 * @param examples - all of them
 * @param evaluate - trains on a fold’s examples in every way, and evaluates on those held back
 * @param options - how many parts
 * @returns how every way did on all examples, best first; one that is missing in a fold is left out
 * @throws DinokitError `invalid-option` for fewer than two folds, `training-diverged` where every way is missing in some
 *   fold, and what `evaluate` throws
 */
export async function crossValidate<Choice>(
  examples: ClassificationExamples,
  evaluate: (fold: Fold) => Promise<readonly Candidate<Choice>[]>,
  options: CrossValidationOptions = {},
): Promise<Candidate<Choice>[]> {
  const { folds, seed } = { ...CROSS_VALIDATION_DEFAULTS, ...options }
  const parts = stratifiedFolds(examples.labels, folds, seed)
  const found = new Map<string, { readonly tried: Candidate<Choice>; readonly weight: number }[]>()
  for (const [fold, held] of parts.entries()) {
    const others = parts.filter((part) => part !== held).flat()
    const [train, validation] = [takeExamples(examples, others), takeExamples(examples, held)]
    for (const tried of await evaluate({ train, validation, fold, folds: parts.length })) {
      const key = JSON.stringify(tried.choice)
      found.set(key, [...(found.get(key) ?? []), { tried, weight: held.length / examples.labels.length }])
    }
  }
  const whole = [...found.values()].filter(({ length }) => length === parts.length)
  if (whole.length > 0) return whole.map(average).sort(compareEvaluations)
  throw new DinokitError('training-diverged', `Every candidate diverged in at least one of the ${parts.length} folds.`, {
    given: `${found.size} candidates`,
    expected: 'one that converges',
  })
}

function average<Choice>(results: readonly { readonly tried: Candidate<Choice>; readonly weight: number }[]): Candidate<Choice> {
  const mean = (of: (tried: Candidate<Choice>) => number): number => results.reduce((sum, { tried, weight }) => sum + weight * of(tried), 0)
  const epochs = results[0]!.tried.epochs?.map((_, epoch) => ({
    top1: mean(({ epochs }) => epochs![epoch]!.top1),
    loss: mean(({ epochs }) => epochs![epoch]!.loss),
    trainingLoss: mean(({ epochs }) => epochs![epoch]!.trainingLoss),
  }))
  const loss = mean(({ loss: of }) => of)
  const squares = results.reduce((sum, { tried }) => sum + (tried.loss - loss) ** 2, 0)
  const lossError = Math.sqrt(squares / (results.length - 1) / results.length)
  return { choice: results[0]!.tried.choice, top1: mean(({ top1 }) => top1), loss, lossError, ...(epochs && { epochs }) }
}

/**
 * Chooses by the one-standard-error rule (Breiman et al., Classification and Regression Trees, 1984, 3.4.3; the default of
 * glmnet): of the ways whose cross-entropy is within one standard error of the lowest, the simplest. What lies closer is
 * noise of the folds.
 *
 * @param tried - of {@link crossValidate}
 * @param simpler - below 0 where the first is simpler, 0 where that can’t be said: only ways that compare with the best
 *   are looked at
 */
export function selectByOneStandardError<Choice>(
  tried: readonly Candidate<Choice>[],
  simpler: (a: Choice, b: Choice) => number,
): Candidate<Choice> {
  const [lowest] = [...tried].sort((a, b) => a.loss - b.loss)
  const limit = lowest!.loss + (lowest!.lossError ?? 0)
  return tried
    .filter(({ choice, loss }) => loss <= limit && simpler(choice, lowest!.choice) < 0)
    .reduce((simplest, of) => (simpler(of.choice, simplest.choice) < 0 ? of : simplest), lowest!)
}
