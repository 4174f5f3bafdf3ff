import { DinokitError } from '@dinokit/core'
import type { BatchFeeds, StepResult, Trainer, TrainerState } from './create-trainer.ts'
import type { CropBatch, DataCursor } from '../distillation/crop-batches.ts'
import type { StepRates } from './optimizers.ts'

/** Where a run stands: what it needs to go on with the same bits. */
export interface RunPoint {
  readonly state: TrainerState
  /** The image that is next. */
  readonly next: DataCursor
  /** Training time so far, in seconds. */
  readonly seconds: number
}

/** Report on one step. */
export interface StepReport extends StepResult {
  /** Counted from 1. */
  readonly step: number
  readonly rates: StepRates
  /** Training time of the run so far, in seconds. */
  readonly seconds: number
  /** Time of this step, and the time of it that it waited for images. */
  readonly stepSeconds: number
  readonly waitedSeconds: number
  /** Share of the run that is done: 0 to 1. */
  readonly share: number
}

/** Options of {@link runTraining}. */
export interface RunTrainingOptions {
  /** Ends after so many steps; the schedules follow them. One of `steps` and `minutes` must be given. */
  readonly steps?: number
  /** Ends after so many minutes of training. Without `steps` the schedules follow the clock, and no two runs have the same bits. */
  readonly minutes?: number
  /** Learning rate and what else schedules decide, by how much of the run is done: 0 to 1. */
  rates(share: number): StepRates
  /** Makes the feeds of a batch; it may depend on how much of the run is done. */
  feeds(batch: CropBatch, share: number): Promise<BatchFeeds> | BatchFeeds
  /** Training time of an earlier part of the run, in seconds. Default 0. */
  readonly seconds?: number
  /** Told of every step. */
  readonly onStep?: (report: StepReport) => void | Promise<void>
  /** Keeps where the run stands: every `saveMinutes`, and at its end. */
  readonly save?: (point: RunPoint) => Promise<void>
  /** Default 5. */
  readonly saveMinutes?: number
  /** Looks at how good it is: at the beginning, every `evaluateMinutes`, and at the end. Its time does not count. */
  readonly evaluate?: (state: TrainerState) => Promise<void>
  /** Default 10. */
  readonly evaluateMinutes?: number
  /** Ends the run in order, after the step under way. */
  readonly signal?: AbortSignal
}

/** Defaults of {@link RunTrainingOptions}. */
export const RUN_TRAINING_DEFAULTS = Object.freeze({ saveMinutes: 5, evaluateMinutes: 10 }) satisfies Partial<RunTrainingOptions>

/** End of a run. */
export interface RunEnd {
  /** Whether it was interrupted before it was done. */
  readonly interrupted: boolean
  readonly steps: number
  readonly seconds: number
}

/**
 * Trains until the steps are made or the time is over: schedules, saving, evaluation, interruption.
 *
 * @param trainer - where it stands is where the run begins
 * @param batches - from the image that is next; closed at the end
 * @param options - how long, schedules, what is told and kept
 * @throws DinokitError `training-diverged`: what was saved last is good; and what `batches`, `save` and `evaluate` throw
 */
export async function runTraining(
  trainer: Trainer,
  batches: AsyncGenerator<CropBatch, void, undefined>,
  options: RunTrainingOptions,
): Promise<RunEnd> {
  const { steps, minutes, signal, onStep, save, evaluate, saveMinutes, evaluateMinutes } = { ...RUN_TRAINING_DEFAULTS, ...options }
  let seconds = options.seconds ?? 0
  const share = (): number => Math.min(1, steps !== undefined ? trainer.state.steps / steps : seconds / 60 / (minutes ?? Infinity))
  const ended = (): boolean =>
    Boolean(signal?.aborted) || trainer.state.steps >= (steps ?? Infinity) || seconds >= 60 * (minutes ?? Infinity)
  const due = { save: seconds + 60 * saveMinutes, evaluate: seconds + 60 * evaluateMinutes }
  let point: RunPoint | undefined
  const unlessInterrupted = async <Result>(work: () => Result | Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work()
    } catch (cause) {
      if (signal?.aborted && DinokitError.is(cause, 'aborted')) return undefined
      throw cause
    }
  }
  // Measuring that is interrupted was not done.
  const measure = async (): Promise<boolean> => {
    const measured = await unlessInterrupted(async () => {
      await evaluate?.(trainer.state)
      return true
    })
    return measured ?? false
  }
  try {
    if (trainer.state.steps === 0) await measure()
    while (!ended()) {
      const start = performance.now()
      const feeds: BatchFeeds[] = []
      let waitedSeconds = 0
      let next: DataCursor | undefined
      while (feeds.length < trainer.accumulate && !signal?.aborted) {
        const asked = performance.now()
        const { value: batch } = await batches.next()
        waitedSeconds += (performance.now() - asked) / 1000
        if (!batch) break
        const made = await unlessInterrupted(() => options.feeds(batch, share()))
        if (!made) break
        feeds.push(made)
        next = batch.next
      }
      if (!next || feeds.length < trainer.accumulate) break
      const rates = options.rates(share())
      // A step that is interrupted was not made: where the run stands is after the one before.
      const result = await unlessInterrupted(() => trainer.step(feeds, rates, { ...(signal && { signal }) }))
      if (!result) break
      const stepSeconds = (performance.now() - start) / 1000
      seconds += stepSeconds
      point = { state: trainer.state, next, seconds }
      await onStep?.({ ...result, step: trainer.state.steps, rates, seconds, stepSeconds, waitedSeconds, share: share() })
      if (seconds >= due.save) {
        due.save = seconds + 60 * saveMinutes
        await save?.(point)
      }
      if (seconds >= due.evaluate && !ended()) {
        due.evaluate = seconds + 60 * evaluateMinutes
        await measure()
      }
    }
  } finally {
    // Also where a step diverged: the state is that before it.
    if (point) await save?.(point)
    await batches.return()
  }
  const stopped = Boolean(signal?.aborted) && share() < 1
  const interrupted = stopped || !(await measure())
  return { interrupted, steps: trainer.state.steps, seconds }
}
