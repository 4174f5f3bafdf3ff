import { earlyStopping, type DepthMetrics, type HeadModel, type SegmentationMetrics } from '@dinokit/train'
import type { TrainingOptions } from './training-options.ts'
import { writeCurve, type EpochValues } from './write-curve.ts'

/** How well a dense head does. */
export type DenseMetrics = SegmentationMetrics | DepthMetrics

/** A head after an epoch. */
interface Stage {
  /** Counted from 1. */
  readonly epoch: number
  readonly model: HeadModel
  /** Mean of the epoch. */
  readonly loss: number
  readonly metrics: DenseMetrics
}

/** Judges a dense head after every epoch, where patience or a curve asks for it. */
export interface EpochWatch {
  /** Looks at an epoch; true where it is time to stop. */
  onEpoch(epoch: number, model: HeadModel, loss: number): Promise<boolean>
  /** What is kept: the best, or without patience the last; undefined where nothing was judged. */
  kept(): Stage | undefined
  /** Draws the curve, where one was asked for. */
  draw(title: string): Promise<void>
}

/**
 * Watches a training.
 *
 * @param options - patience, where the curve goes
 * @param judge - says how well a head does on the validation rows
 */
export function watchEpochs(
  { patience, curve }: Pick<TrainingOptions, 'patience' | 'curve'>,
  judge: (model: HeadModel) => Promise<DenseMetrics>,
): EpochWatch {
  const stages: Stage[] = []
  const stopping = earlyStopping<Stage>(patience ?? Infinity, (a, b) => scoreOf(b.metrics) - scoreOf(a.metrics))
  const kept = (): Stage | undefined => (patience === undefined ? stages.at(-1) : stopping.best)
  return {
    async onEpoch(epoch, model, loss) {
      if (patience === undefined && curve === undefined) return false
      const stage = { epoch, model, loss, metrics: await judge(model) }
      stages.push(stage)
      return stopping.add(stage)
    },
    kept,
    draw: (title) => writeCurve(curve, title, stages.map(valuesOf), patience === undefined ? undefined : kept()?.epoch),
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
