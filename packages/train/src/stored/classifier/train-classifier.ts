import { DinokitError, type Head } from '@dinokit/core'
import { classification, type Classification, type ClassifyOptions } from '@dinokit/head-classification'
import type { Store } from '@dinokit/store'
import { crossValidate, withMirrored, type EpochEvaluation, type Fold, type HeadModel, type Candidate } from '../../index.ts'
import { roundMetrics, storedHeadFile, type HeadFileOptions } from '../stored-head-file.ts'
import { embeddingIn } from '../stored-layers.ts'
import { assertStoreOf, type TrainedModel } from '../trained-model.ts'
import { readClassificationSplits, type ClassificationSplitOptions, type ClassificationSplits } from './classification-splits.ts'
import { CLASSIFIER_METHODS, type ClassifierChoice, type ClassifierMethod, type OnMethodProgress } from './classifier-methods.ts'

/** Options of {@link trainClassifier}. */
export interface ClassifierTrainingOptions extends ClassificationSplitOptions, HeadFileOptions {
  /** Weigh images so that every class counts the same. Default false. */
  readonly balanced?: boolean
  /** Width of the hidden layer; for the method `mlp`. Default 256. */
  readonly hidden?: number
  /** Told which rows are trained on and evaluated on, before the training begins. */
  readonly onSplits?: (splits: ClassificationSplits) => void
  /** Told how far it is. */
  readonly onProgress?: OnMethodProgress
}

/** Defaults of {@link ClassifierTrainingOptions}: those that every method has. */
export const CLASSIFIER_TRAINING_DEFAULTS = Object.freeze({
  seed: 0,
  flip: false,
  balanced: false,
  everyEpoch: false,
}) satisfies ClassifierTrainingOptions

/** A classifier that was trained on a store. */
export interface TrainedClassifier {
  /** For `vision.add({ NAME: head })`, or for the `heads` of `open`. */
  readonly head: Head<ClassifyOptions, Classification>
  /** The head file: write it, and give it to `classification({ weights })` later. */
  readonly bytes: Uint8Array
  readonly method: keyof typeof CLASSIFIER_METHODS
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[]
  /** Layers whose class tokens it looks at, counted from 1. */
  readonly layers: readonly number[]
  readonly tokens: readonly ('cls' | 'mean')[]
  /** Settings of the method that were chosen: learning rate, penalty, number of layers. */
  readonly chosen: Omit<ClassifierChoice, 'mean'>
  /** Share of the rows evaluated on that it has right, from 0 to 1. */
  readonly top1: number
  /** Mean cross-entropy on those rows. */
  readonly loss: number
  /** Rows that trained it and rows that evaluated it. */
  readonly splits: ClassificationSplits
  /** Its epochs, where they were evaluated; else none. */
  readonly epochs: readonly EpochEvaluation[]
  /** The epoch that was kept, counted from 1, where patience chose one. */
  readonly epoch?: number
  /** Ways of training that diverged and were dropped, in words. */
  readonly dropped: readonly string[]
}

/**
 * Trains a classifier on the class tokens and labels of a store, without looking at the images again. What is best on the
 * validation rows is kept; without a split of them, up to 5,000 rows are cross-validated, and what is best is fitted to all.
 *
 * @param model - the vision that the store was filled by; stays the caller’s
 * @param store - stays the caller’s
 * @param options - method, splits, cancellation
 * @throws DinokitError `fingerprint-mismatch` for the store of another model; `label-invalid` where labels are missing or of
 *   one class only, `tensor-missing` for what the store lacks, `tensor-invalid`, `invalid-option`, `training-diverged`, `aborted`
 */
export async function trainClassifier(
  model: TrainedModel,
  store: Store,
  options: ClassifierTrainingOptions = {},
): Promise<TrainedClassifier> {
  const settings = { ...CLASSIFIER_TRAINING_DEFAULTS, ...options }
  const { seed, flip, patience, onSplits } = settings
  assertStoreOf(model, store)
  const data = await readClassificationSplits(store, model.card.architecture.depth, settings)
  assertMethodOptions(data.method, settings)
  onSplits?.(data)
  const embedding = embeddingIn(store.layout)
  const dropped = new Set<string>()
  const method = CLASSIFIER_METHODS[data.method]({
    ...settings,
    runtime: model.runtime,
    whole: embedding === 'class-and-mean',
    layers: options.layers ? data.layers.length : 1,
    onDropped: (words) => dropped.add(words),
  })
  const { best, head: network } = await choose(method, data, settings)
  const { choice, top1, loss, epochs = [] } = best
  const { mean, ...chosen } = choice
  const tokens = embedding === 'mean' ? (['mean'] as const) : mean ? (['cls', 'mean'] as const) : (['cls'] as const)
  const layers = data.layers.slice(-choice.layers)
  const description = {
    task: 'classification' as const,
    layers,
    tokens,
    classes: data.train.classes,
    trainedOn: data.trainedOn,
    card: { ...cardOf(data, store, { top1, loss }), ...(flip && { flip: true }), chosen, seed },
  }
  const bytes = storedHeadFile({ model, store }, network, description, options)
  const kept = epochs.findIndex((of) => of.top1 === top1 && of.loss === loss) + 1
  return {
    head: classification({ weights: bytes }),
    bytes,
    method: data.method,
    classes: data.train.classes,
    ...{ layers, tokens, chosen, top1, loss, splits: data, epochs },
    ...(patience !== undefined && { epoch: kept }),
    dropped: [...dropped],
  }
}

function cardOf(
  { splits, counts, measured, method }: ClassificationSplits,
  { name }: Store,
  metrics: { readonly top1: number; readonly loss: number },
): Record<string, unknown> {
  return {
    data: `${name}${splits.train === undefined ? '' : `, split ${splits.train}`}`,
    splits: { ...counts, of: splits },
    metrics: roundMetrics(metrics),
    measured,
    method,
  }
}

async function choose(
  method: ClassifierMethod,
  { train, validation, all, folds }: ClassificationSplits,
  { seed, onProgress }: Pick<ClassifierTrainingOptions, 'onProgress'> & { readonly seed: number },
): Promise<{ readonly best: Candidate<ClassifierChoice>; readonly head: HeadModel }> {
  const tell: OnMethodProgress = (done, of, what) => onProgress?.(done, of, what)
  if (!validation) {
    const explore = async (part: Fold): Promise<readonly Candidate<ClassifierChoice>[]> => {
      const { tried } = await method.explore(withMirrored(part.train), part.validation, (done, of, what) =>
        tell(part.fold * of + done, part.folds * of, what),
      )
      return tried
    }
    const best = method.choose(await crossValidate(train, explore, { seed, ...(folds !== undefined && { folds }) }))
    return { best, head: await method.fit(withMirrored(train), best.choice) }
  }
  const { tried, head } = await method.explore(withMirrored(train), validation, tell)
  const [best] = tried
  return { best: best!, head: all ? await method.fit(withMirrored(all), best!.choice) : head }
}

function assertMethodOptions(
  method: keyof typeof CLASSIFIER_METHODS,
  { patience, everyEpoch, hidden }: Pick<ClassifierTrainingOptions, 'patience' | 'everyEpoch' | 'hidden'>,
): void {
  const epochs = method === 'logistic' && (patience !== undefined || everyEpoch)
  if (!epochs && (hidden === undefined || method === 'mlp')) return
  throw new DinokitError('invalid-option', `The method ${method} has no ${epochs ? 'epochs' : 'hidden layer'}.`, {
    given: epochs ? 'patience or everyEpoch' : `hidden ${hidden}`,
    expected: epochs ? 'the method sweep or mlp' : 'the method mlp',
  })
}
