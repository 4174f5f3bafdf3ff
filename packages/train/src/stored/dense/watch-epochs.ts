import { earlyStopping, type DepthMetrics, type HeadModel, type SegmentationMetrics } from '../../index.ts'

/** Metrics of a dense head. */
export type DenseMetrics = SegmentationMetrics | DepthMetrics

/** A dense head after an epoch. */
export interface DenseStage {
  /** Counted from 1. */
  readonly epoch: number
  /** Mean of the epoch. */
  readonly loss: number
  /** On the validation rows. */
  readonly metrics: DenseMetrics
}

/** Record of a training so far, for one that goes on later. */
export interface WatchedEpochs {
  readonly stages: readonly DenseStage[]
  /** Tensors of the head that is kept; undefined where nothing was evaluated. */
  readonly tensors?: HeadModel['tensors']
}

/** Evaluates a dense head after every epoch, where that is asked for. */
export interface EpochWatch {
  /** Looks at an epoch; true where it is time to stop. */
  onEpoch(epoch: number, model: HeadModel, loss: number): Promise<boolean>
  /** Returns the head that is kept: the best, or without patience the last; undefined where nothing was evaluated. */
  kept(): (DenseStage & Pick<HeadModel, 'tensors'>) | undefined
  watched(): WatchedEpochs
  /** Goes on from what was seen before. */
  restore(watched: WatchedEpochs): void
}

/**
 * Watches a training.
 *
 * @param options - patience, and whether every epoch is evaluated without it
 * @param evaluate - says how well a head does on the validation rows
 */
export function watchEpochs(
  { patience, everyEpoch }: { readonly patience?: number; readonly everyEpoch: boolean },
  evaluate: (model: HeadModel) => Promise<DenseMetrics>,
): EpochWatch {
  const stages: DenseStage[] = []
  let kept: ReturnType<EpochWatch['kept']>
  const stopping = earlyStopping<DenseStage>(patience ?? Infinity, (a, b) => scoreOf(b.metrics) - scoreOf(a.metrics))
  const add = (stage: DenseStage, tensors: HeadModel['tensors']): boolean => {
    stages.push(stage)
    const stop = stopping.add(stage)
    if (patience === undefined || stopping.best === stage) kept = { ...stage, tensors }
    return stop
  }
  return {
    async onEpoch(epoch, model, loss) {
      if (patience === undefined && !everyEpoch) return false
      return add({ epoch, loss, metrics: await evaluate(model) }, model.tensors)
    },
    kept: () => kept,
    watched: () => ({ stages, ...(kept && { tensors: kept.tensors }) }),
    restore(watched) {
      for (const stage of watched.stages) add(stage, watched.tensors!)
    },
  }
}

/** Returns the score that early stopping goes by: the higher, the better. */
function scoreOf(metrics: DenseMetrics): number {
  return 'miou' in metrics ? metrics.miou : metrics.delta1
}
