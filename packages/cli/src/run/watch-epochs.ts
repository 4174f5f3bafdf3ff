import { earlyStopping, type DepthMetrics, type HeadModel, type SegmentationMetrics } from '@dinokit/train'
import type { TrainingOptions } from '../options/training-options.ts'
import { writeCurve, type EpochValues } from '../output/write-curve.ts'

/** How well a dense head does. */
export type DenseMetrics = SegmentationMetrics | DepthMetrics

/** A head after an epoch. */
interface Stage {
  /** Counted from 1. */
  readonly epoch: number
  /** Mean of the epoch. */
  readonly loss: number
  readonly metrics: DenseMetrics
}

/** What was seen so far, for a training that goes on later. */
export interface WatchedEpochs {
  readonly stages: readonly Stage[]
  /** Of the head that is kept; undefined where nothing was evaluated. */
  readonly tensors?: HeadModel['tensors']
}

/** Evaluates a dense head after every epoch, where patience or a curve asks for it. */
export interface EpochWatch {
  /** Looks at an epoch; true where it is time to stop. */
  onEpoch(epoch: number, model: HeadModel, loss: number): Promise<boolean>
  /** What is kept: the best, or without patience the last; undefined where nothing was evaluated. */
  kept(): (Stage & Pick<HeadModel, 'tensors'>) | undefined
  watched(): WatchedEpochs
  /** Goes on from what was seen before. */
  restore(watched: WatchedEpochs): void
  /** Draws the curve, where one was asked for. */
  draw(title: string): Promise<void>
}

/**
 * Watches a training.
 *
 * @param options - patience, where the curve goes
 * @param evaluate - says how well a head does on the validation rows
 */
export function watchEpochs(
  { patience, plot }: Pick<TrainingOptions, 'patience' | 'plot'>,
  evaluate: (model: HeadModel) => Promise<DenseMetrics>,
): EpochWatch {
  const stages: Stage[] = []
  let kept: ReturnType<EpochWatch['kept']>
  const stopping = earlyStopping<Stage>(patience ?? Infinity, (a, b) => scoreOf(b.metrics) - scoreOf(a.metrics))
  const add = (stage: Stage, tensors: HeadModel['tensors']): boolean => {
    stages.push(stage)
    const stop = stopping.add(stage)
    if (patience === undefined || stopping.best === stage) kept = { ...stage, tensors }
    return stop
  }
  return {
    async onEpoch(epoch, model, loss) {
      if (patience === undefined && plot === undefined) return false
      return add({ epoch, loss, metrics: await evaluate(model) }, model.tensors)
    },
    kept: () => kept,
    watched: () => ({ stages, ...(kept && { tensors: kept.tensors }) }),
    restore(watched) {
      for (const stage of watched.stages) add(stage, watched.tensors!)
    },
    draw: (title) => writeCurve(plot, title, stages.map(valuesOf), patience === undefined ? undefined : kept?.epoch),
  }
}

/** What early stopping goes by: the higher, the better. */
function scoreOf(metrics: DenseMetrics): number {
  return 'miou' in metrics ? metrics.miou : metrics.delta1
}

function valuesOf({ epoch, loss, metrics }: Stage): EpochValues {
  const measured = 'miou' in metrics ? { mIoU: metrics.miou, pixelAccuracy: metrics.pixelAccuracy } : metrics
  return { epoch, values: { 'training loss': loss, ...measured } }
}
