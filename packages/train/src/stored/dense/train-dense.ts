import { DinokitError, type Head } from '@dinokit/core'
import { depth, type Depth, type EstimateOptions } from '@dinokit/head-depth'
import { areHeads, type AttentionHead, type HeadOutput } from '@dinokit/head-kit'
import { segmentation, type Segmentation, type SegmentOptions } from '@dinokit/head-segmentation'
import type { Store } from '@dinokit/store'
import { trainDenseHead, type DenseTraining, type DepthMetrics, type HeadModel, type SegmentationMetrics } from '../../index.ts'
import { depthTarget, segmentationTarget } from '../annotation.ts'
import { splitByShare } from '../split-examples.ts'
import { splitsOf, type StoreSplits } from '../store-splits.ts'
import { storedDenseExamples, type DenseInput } from '../stored-dense-examples.ts'
import { roundMetrics, storedHeadFile, type StoredHeadDescription } from '../stored-head-file.ts'
import { storedLayers } from '../stored-layers.ts'
import { assertStoreOf, type TrainedModel } from '../trained-model.ts'
import {
  DENSE_INPUTS,
  STORED_DENSE_DEFAULTS,
  type DenseRun,
  type DepthTrainingOptions,
  type SegmentationTrainingOptions,
  type StoredDenseTrainingOptions,
} from './dense-options.ts'
import { annotationOf, evaluateDense } from './evaluate-dense.ts'
import { IGNORED_LABEL, surveyAnnotations, type DenseTask, type Survey, type SurveyedRow } from './survey-annotations.ts'
import { watchEpochs, type DenseMetrics, type DenseStage, type EpochWatch } from './watch-epochs.ts'

/** A dense head that was trained on a store. */
export interface TrainedDense<Options, Result, Metrics extends DenseMetrics> {
  /** For `vision.add({ NAME: head })`, or for the `heads` of `open`. */
  readonly head: Head<Options, Result>
  /** The head file: write it, and give it to `segmentation({ weights })` or `depth({ weights })` later. */
  readonly bytes: Uint8Array
  /** Metrics on the rows that were held back, at the size of the images. */
  readonly metrics: Metrics
  /** Numbers of rows. */
  readonly counts: { readonly train: number; readonly validation: number }
  /** Layers that it looks at, counted from 1. */
  readonly layers: readonly number[]
  /** The epoch that is kept, counted from 1. */
  readonly epoch: number
  /** Mean loss of each epoch that was trained now. */
  readonly losses: readonly number[]
  /** Each epoch, evaluated, where that was asked for; else none. */
  readonly stages: readonly DenseStage[]
}

/**
 * Trains a segmentation head on the patches of a store and label maps, without looking at the images again.
 *
 * @param model - the vision that the store was filled by; stays the caller’s
 * @param store - stays the caller’s
 * @param options - annotations, classes, network, splits
 * @throws DinokitError `fingerprint-mismatch` for the store of another model; `label-invalid` for annotations that do not fit,
 *   `tensor-missing` for what the store lacks, `tensor-invalid`, `invalid-option`, `training-diverged`, `aborted`
 */
export async function trainSegmentation(
  model: TrainedModel,
  store: Store,
  options: SegmentationTrainingOptions,
): Promise<TrainedDense<SegmentOptions, Segmentation, SegmentationMetrics>> {
  const { metrics, ...trained } = await trainDense(model, store, { ...options, task: 'segmentation' })
  return { ...trained, head: segmentation({ weights: trained.bytes }), metrics: metrics as SegmentationMetrics }
}

/**
 * Trains a depth head on the patches of a store and depth maps, without looking at the images again.
 *
 * @param model - the vision that the store was filled by; stays the caller’s
 * @param store - stays the caller’s
 * @param options - annotations, network, splits
 * @throws DinokitError those of {@link trainSegmentation}
 */
export async function trainDepth(
  model: TrainedModel,
  store: Store,
  options: DepthTrainingOptions,
): Promise<TrainedDense<EstimateOptions, Depth, DepthMetrics>> {
  const { metrics, ...trained } = await trainDense(model, store, { ...options, task: 'depth' })
  return { ...trained, head: depth({ weights: trained.bytes }), metrics: metrics as DepthMetrics }
}

interface DenseOptions extends StoredDenseTrainingOptions {
  readonly task: DenseTask
  readonly classes?: readonly string[]
  readonly output?: 'log' | 'bins'
}

/** Head to train, and the rows to train on. */
interface DensePlan {
  readonly options: DenseOptions & Required<Pick<DenseOptions, keyof typeof STORED_DENSE_DEFAULTS>>
  readonly ignore: readonly number[]
  readonly train: readonly SurveyedRow[]
  readonly validation: readonly SurveyedRow[]
  readonly splits: StoreSplits
  readonly classes: readonly string[]
  readonly layers: readonly number[]
  readonly heads?: readonly AttentionHead[]
  readonly part: DenseInput
  readonly answer: HeadOutput
}

interface From {
  readonly model: TrainedModel
  readonly store: Store
}

async function trainDense(
  model: TrainedModel,
  store: Store,
  options: DenseOptions,
): Promise<Omit<TrainedDense<never, never, DenseMetrics>, 'head'>> {
  assertStoreOf(model, store)
  const from = { model, store }
  const plan = await planOf(from, options)
  const { input, task, onProgress, signal } = plan.options
  const described = describe(store, plan)
  const evaluate = (network: HeadModel): Promise<DenseMetrics> => {
    const weights = storedHeadFile(from, network, described, options)
    const rows = plan.validation
    const evaluated = { ...options, task, weights, rows, classes: plan.classes.length }
    const looksAt = { layers: plan.layers, tokens: DENSE_INPUTS[input].tokens }
    const onRow = (done: number): void => onProgress?.(done, rows.length, 'images evaluated')
    return evaluateDense(model, store, { ...evaluated, input: looksAt }, { onRow, ...(signal && { signal }) })
  }
  const watch = watchEpochs(plan.options, evaluate)
  const { losses, head: last } = await run(from, plan, watch)
  const kept = watch.kept()
  const network = kept ? { ...last, tensors: kept.tensors } : last
  const metrics = kept?.metrics ?? (await evaluate(network))
  const epoch = kept?.epoch ?? plan.options.epochs
  const card = {
    ...described.card,
    epochs: epoch,
    metrics: roundMetrics({ ...metrics }),
    measured: 'on the validation rows, at the size of the images',
    seed: plan.options.seed,
  }
  return {
    bytes: storedHeadFile(from, network, { ...described, card }, options),
    ...{ metrics, epoch, losses, layers: plan.layers, stages: watch.watched().stages },
    counts: { train: plan.train.length, validation: plan.validation.length },
  }
}

async function planOf({ model, store }: From, given: DenseOptions): Promise<DensePlan> {
  const options = { ...STORED_DENSE_DEFAULTS, ...given }
  const { task, onSurvey, onProgress, ignore = [IGNORED_LABEL], signal } = options
  const splits = await splitsOf(store, options)
  const survey = async (split: string | undefined, classes: number | undefined): Promise<Survey> => {
    const found = await surveyAnnotations(store, {
      ...{ task, ignore, annotation: options.annotation },
      ...(options.onRefused && { onRefused: options.onRefused }),
      ...(split !== undefined && { split }),
      ...(classes && { classes }),
      onProgress: (done, of) => onProgress?.(done, of, 'annotations'),
      ...(signal && { signal }),
    })
    onSurvey?.(found, split)
    return found
  }
  const found = await survey(splits.train, options.classes?.length)
  const classes = options.classes ?? classNames(task, found)
  const { part } = DENSE_INPUTS[options.input]
  const parts =
    typeof splits.validation === 'string'
      ? { train: found.rows, validation: (await survey(splits.validation, classes.length)).rows }
      : partsOf(found.rows, splits.validation, options.seed)
  const { architecture } = model.card
  const heads = options.heads && headsInOrder(options, architecture.heads)
  const layers = options.layers ?? (heads ? layersOf(heads) : storedLayers(store.layout, part, architecture.depth))
  if (layers.length === 0) throw withoutInput(store.name, part)
  return { options, ignore, ...parts, splits, classes, layers, ...(heads && { heads }), part, answer: answerOf(found, ignore, options) }
}

function describe(
  { name }: Store,
  { options, ignore, train, validation, splits, classes, layers, heads }: DensePlan,
): StoredHeadDescription {
  const { task, input, network, flip, learningRate } = options
  return {
    task,
    layers,
    ...(heads && { heads }),
    tokens: DENSE_INPUTS[input].tokens,
    ...(task === 'segmentation' && { classes }),
    trainedOn: train.map(({ hash }) => hash),
    card: {
      data: `${name}${splits.train === undefined ? '' : `, split ${splits.train}`}`,
      splits: { train: train.length, validation: validation.length, of: splits },
      network,
      ...(flip && { flip: true }),
      learningRate,
      ...(task === 'segmentation' && { ignore }),
    },
  }
}

async function run({ model, store }: From, plan: DensePlan, watch: EpochWatch): Promise<DenseTraining> {
  const { options, ignore, train, classes, layers, heads, part, answer } = plan
  const { task, flip, annotation, onEpoch, onProgress, signal, cacheBytes, weightDecay, patience, everyEpoch, epochs } = options
  const width = task === 'depth' ? 1 : classes.length
  const labels = { classes: width, ignore: new Set(ignore) }
  const examples = storedDenseExamples(store, {
    ...{ rows: train, part, flip, layers, ...(heads && { heads }), depth: model.card.architecture.depth, width },
    target: async (row, grid) => {
      const known = await annotationOf(row, annotation)
      return task === 'depth' ? depthTarget(known, row.placement, grid) : segmentationTarget(known, row.placement, grid, labels)
    },
  })
  const { network, hidden, learningRate, batch, seed } = options
  const settings = { network, hidden, learningRate, epochs, batch, seed }
  const identity: DenseRun = {
    ...{
      task,
      part,
      flip,
      layers,
      ...(heads && { heads }),
      rows: train.map(({ id }) => id),
      patience,
      watched: patience !== undefined || everyEpoch,
    },
    ...{ ...settings, width, answer, fingerprint: store.layout.fingerprint },
  }
  const checkpoint = options.checkpoint?.(identity)
  const saved = await checkpoint?.load()
  if (saved) watch.restore(saved.watched)
  return trainDenseHead(model.runtime, examples, width, {
    ...settings,
    ...{ cacheBytes, weightDecay },
    output: answer,
    ...(signal && { signal }),
    ...(saved && { resume: saved.state }),
    onProgress: ({ step, steps }) => onProgress?.(step, steps, 'steps'),
    onEpoch: async (epoch, head, state, loss) => {
      onEpoch?.(epoch, epochs, loss)
      const stop = await watch.onEpoch(epoch, head, loss)
      // The last epoch is seen once more rather than one after it, should the head not be written.
      if (!stop) await checkpoint?.save({ state, watched: watch.watched() })
      return stop
    },
  })
}

function partsOf(rows: readonly SurveyedRow[], share: number, seed: number): Pick<DensePlan, 'train' | 'validation'> {
  const { rest, held } = splitByShare(new Uint8Array(rows.length), share, seed)
  if (held.length > 0) return { train: rest.map((index) => rows[index]!), validation: held.map((index) => rows[index]!) }
  throw new DinokitError('label-invalid', 'Too few annotated images: one is needed for training and one for validation.', {
    given: '1 annotated image',
    expected: 'two or more',
  })
}

function classNames(task: DenseTask, { classes, range }: Survey): string[] {
  if (task === 'depth') return []
  if (classes.size > 1) return Array.from({ length: range[1] + 1 }, (_, index) => `class ${index}`)
  throw new DinokitError('label-invalid', `The label maps name one class only, ${[...classes].join('')}.`, {
    given: [...classes].join(''),
    expected: 'two classes or more',
  })
}

function answerOf({ range: [near, far] }: Survey, ignore: readonly number[], { task, output = 'log' }: DenseOptions): HeadOutput {
  if (task === 'segmentation') return { kind: 'classes', ...(ignore.length > 0 && { ignore: ignore[0]! }) }
  return { kind: output, min: near, max: far > near ? far : near * 2 }
}

/**
 * Sorts attention heads layer by layer.
 *
 * @throws DinokitError `invalid-option` where tokens are the input, or the model has no such heads
 */
function headsInOrder({ heads = [], layers, input }: DenseOptions, count: number): AttentionHead[] {
  const sorted = heads.toSorted(([layer, head], [otherLayer, other]) => layer - otherLayer || head - other)
  if (input === 'attention' && layers === undefined && sorted.length > 0 && areHeads(sorted, layersOf(sorted), count)) return sorted
  throw new DinokitError('invalid-option', 'These attention heads can’t be the input.', {
    given: `${heads.map((pair) => pair.join('.')).join(', ') || 'none'}${input === 'attention' ? '' : ', with tokens as the input'}${layers ? ', with layers' : ''}`,
    expected: `heads from 1 to ${count} of layers, each once, without layers, and attention as the input`,
  })
}

function layersOf(heads: readonly AttentionHead[]): number[] {
  return [...new Set(heads.map(([layer]) => layer))]
}

function withoutInput(name: string, part: DenseInput): DinokitError {
  return new DinokitError('tensor-missing', `The store ${name} holds no ${part === 'patches' ? 'patches' : 'attention of class tokens'}.`, {
    given: name,
    expected: `a store of \`dinokit index ${part === 'patches' ? '--patches' : '--class-attention'}\``,
  })
}
