import type { ImageReader } from '@dinokit/core'
import type { SessionMaker } from '../step/create-trainer.ts'
import { trainWithoutLabels } from './train-without-labels.ts'
import { PRETRAIN_DEFAULTS, type PretrainRecipe } from './pretrain-recipe.ts'
import type { RunEnd } from '../step/run-training.ts'
import type { Student } from '../distillation/student.ts'
import type { CropTrainingOptions } from '../distillation/train-on-crops.ts'

/** Options of {@link pretrain}. */
export interface PretrainOptions<Source> extends Partial<PretrainRecipe>, CropTrainingOptions<Source> {}

/** Result of a training without labels. */
export interface PretrainResult extends RunEnd {
  /** The moving average of the student: what is kept. */
  readonly teacher: Student
}

/**
 * Trains a network on images without labels, as DINOv2 was: see {@link selfSupervisedStep}. Runs everywhere.
 *
 * @param runtime - decodes images, makes sessions
 * @param student - what it begins as
 * @param sources - images, in the same order every time
 * @param options - recipe, how long, what is told and kept
 * @throws DinokitError `invalid-option` without an end or for a recipe that can't be, `size-invalid` where crops don't divide
 *   into patches, `training-diverged`, `tensor-missing` and `tensor-invalid` for `from` of another training, and those of
 *   {@link trainOnCrops}
 */
export async function pretrain<Source>(
  runtime: ImageReader<Source> & SessionMaker,
  student: Student,
  sources: readonly Source[],
  options: PretrainOptions<Source>,
): Promise<PretrainResult> {
  const { average, ...end } = await trainWithoutLabels(runtime, { student, sources, recipe: { ...PRETRAIN_DEFAULTS, ...options } }, options)
  return { ...end, teacher: average }
}
