import { DinokitError, type ImageReader } from '@dinokit/core'
import type { MultiCropRecipe } from '@dinokit/core/augment'
import type { Trainer, TrainerState } from '../step/create-trainer.ts'
import { cropBatches, type CropBatch } from './crop-batches.ts'
import { runTraining, type RunEnd, type RunPoint, type RunTrainingOptions } from '../step/run-training.ts'
import type { Student } from './student.ts'

/** Options of trainings on crops of images beside their recipe. */
export interface CropTrainingOptions<Source> extends Omit<RunTrainingOptions, 'rates' | 'feeds' | 'seconds' | 'evaluate'> {
  /** Where an earlier run stands. */
  readonly from?: RunPoint
  /** Told of every image that can't be read, each time that its turn comes. */
  readonly onSkipped?: (source: Source, error: DinokitError) => void
  /** Looks at how good what is trained is: at the beginning, every `evaluateMinutes`, and at the end. */
  readonly evaluate?: (trained: Student, steps: number) => Promise<void>
}

/** Parts that define a training on crops. */
export interface CropTraining<Source = unknown> extends Pick<RunTrainingOptions, 'rates'> {
  /** Makes the feeds of a batch; it may depend on how much of the run is done. */
  readonly feeds: (batch: CropBatch<Source>, share: number) => ReturnType<RunTrainingOptions['feeds']>
  /** Images, in the same order every time. */
  readonly sources: readonly Source[]
  /** The crops of each image. */
  readonly crops: MultiCropRecipe
  readonly seed: number
  readonly batch: number
  /** The network that a state holds. */
  readonly trained: (state: TrainerState) => Student
}

/**
 * Refuses a training without an end.
 *
 * @param options - of the training
 * @throws DinokitError `invalid-option`
 */
export function assertEnd({ steps, minutes }: Pick<RunTrainingOptions, 'steps' | 'minutes'>): void {
  if (steps !== undefined || minutes !== undefined) return
  throw new DinokitError('invalid-option', 'The training has no end.', {
    given: 'neither steps nor minutes',
    expected: 'a number of steps, or of minutes',
  })
}

/**
 * Trains on crops of images, from the beginning or from where an earlier run stands.
 *
 * @param runtime - decodes images
 * @param trainer - stays the caller's
 * @param training - images, crops, schedules, what is fed
 * @param options - how long, what is told and kept
 * @throws DinokitError those of {@link cropBatches} and {@link runTraining}; `tensor-missing` and `tensor-invalid` for
 *   `from` of another training
 */
export async function trainOnCrops<Source>(
  runtime: ImageReader<Source>,
  trainer: Trainer,
  { sources, crops: recipe, seed, batch, rates, feeds, trained }: CropTraining<Source>,
  options: CropTrainingOptions<Source>,
): Promise<RunEnd> {
  const { from, onSkipped, evaluate, ...rest } = options
  if (from) trainer.resume(from.state)
  const batches = cropBatches(runtime, sources, { recipe, seed, batch, ...(from && { from: from.next }), ...(onSkipped && { onSkipped }) })
  return runTraining(trainer, batches, {
    ...rest,
    rates,
    feeds,
    seconds: from?.seconds ?? 0,
    evaluate: async (state) => evaluate?.(trained(state), state.steps),
  })
}
