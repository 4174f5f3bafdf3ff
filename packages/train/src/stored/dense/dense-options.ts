import type { Fingerprint } from '@dinokit/core'
import type { AttentionHead, HeadOutput } from '@dinokit/head-kit'
import { DENSE_TRAINING_DEFAULTS, type DenseTrainingOptions, type TrainerState } from '../../index.ts'
import type { SplitChoice } from '../store-splits.ts'
import type { DenseInput } from '../stored-dense-examples.ts'
import type { HeadFileOptions } from '../stored-head-file.ts'
import type { DenseTask, RowAnnotations, Survey } from './survey-annotations.ts'
import type { WatchedEpochs } from './watch-epochs.ts'

/** Options of training a dense head on a store. */
export interface StoredDenseTrainingOptions
  extends
    RowAnnotations,
    SplitChoice,
    HeadFileOptions,
    Pick<DenseTrainingOptions, 'hidden' | 'epochs' | 'batch' | 'learningRate' | 'weightDecay' | 'seed' | 'cacheBytes' | 'signal'> {
  /** Input of the head: patch tokens, or what class tokens attend to. Default tokens. */
  readonly input?: keyof typeof DENSE_INPUTS
  /** `linear`: BatchNorm and 1x1; `convolution`: 1x1, 3x3, 1x1 with BatchNorm and ReLU. Default linear. */
  readonly network?: 'linear' | 'convolution'
  /** Layers to look at, counted from 1. Default: all that the store holds, or those of `heads`. */
  readonly layers?: readonly number[]
  /** Attention heads to look at, for attention as the input: a layer and a head of it each, counted from 1. Default: all of each layer. */
  readonly heads?: readonly AttentionHead[]
  /** Train on mirrored images too; the store must hold them. Default false. */
  readonly flip?: boolean
  /** Stop after so many epochs without a better one, and keep the best. Default: never; the last is kept. */
  readonly patience?: number
  /** Evaluate after every epoch, for `stages`. Default: only where there is patience. */
  readonly everyEpoch?: boolean
  /** Told what the annotations of the rows to train on, and then of a validation split, are. */
  readonly onSurvey?: (survey: Survey, split: string | undefined) => void
  /** Told after every epoch, before it is evaluated, with the mean loss. */
  readonly onEpoch?: (epoch: number, epochs: number, loss: number) => void
  /** Told how far it is, of `annotations`, `steps` or `images evaluated`. */
  readonly onProgress?: (done: number, of: number, what: string) => void
  /** Keeps the training epoch by epoch, and goes on from what was kept. Default: it is not kept. */
  readonly checkpoint?: (run: DenseRun) => DenseCheckpoint
}

/** Options of {@link trainSegmentation}. */
export interface SegmentationTrainingOptions extends StoredDenseTrainingOptions {
  /** Names of the classes, in the order of their labels. Default: `class 0` and so on, up to the highest label. */
  readonly classes?: readonly string[]
}

/** Options of {@link trainDepth}. */
export interface DepthTrainingOptions extends StoredDenseTrainingOptions {
  /** Prediction of the last layer: the logarithm of meters, or an expectation over 256 bins. Default log. */
  readonly output?: 'log' | 'bins'
}

/** Defaults of {@link StoredDenseTrainingOptions}. */
export const STORED_DENSE_DEFAULTS = Object.freeze({
  ...DENSE_TRAINING_DEFAULTS,
  input: 'tokens',
  flip: false,
  everyEpoch: false,
}) satisfies Omit<StoredDenseTrainingOptions, 'annotation'>

/** Identity of a training: a checkpoint of another one is not gone on from. */
export interface DenseRun {
  readonly task: DenseTask
  readonly part: DenseInput
  readonly flip: boolean
  readonly layers: readonly number[]
  /** Attention heads, where not all of each layer are read. */
  readonly heads?: readonly AttentionHead[]
  readonly patience: number | undefined
  /** Whether epochs are evaluated. */
  readonly watched: boolean
  /** Ids of the rows that are trained on. */
  readonly rows: readonly string[]
  readonly network: 'linear' | 'convolution'
  readonly hidden: number
  readonly learningRate: number
  readonly epochs: number
  readonly batch: number
  readonly seed: number
  /** Classes, or 1. */
  readonly width: number
  readonly answer: HeadOutput
  readonly fingerprint: Fingerprint
}

/** A training at the end of an epoch. */
export interface SavedDenseTraining {
  readonly state: TrainerState
  readonly watched: WatchedEpochs
}

/** Where a training is kept. */
export interface DenseCheckpoint {
  /** State to go on from; undefined: begin anew. */
  load(): Promise<SavedDenseTraining | undefined>
  save(training: SavedDenseTraining): Promise<void>
}

/** Input of a head: the part that stores keep of it, and what head files call it. */
export const DENSE_INPUTS = {
  tokens: { part: 'patches', tokens: ['patches'] },
  attention: { part: 'classAttention', tokens: ['attention'] },
} as const
