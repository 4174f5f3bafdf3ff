import type { ImageReader } from '@dinokit/core'
import type { SessionMaker } from '../step/create-trainer.ts'
import type { Distillation, DistillResult } from './distill.ts'
import { trainWithoutLabels } from '../self-supervision/train-without-labels.ts'
import { PRETRAIN_LAPTOP, type PretrainRecipe } from '../self-supervision/pretrain-recipe.ts'
import type { CropTrainingOptions } from './train-on-crops.ts'

/** Defaults of {@link distillByDino}: `PRETRAIN_LAPTOP`, and none of what the paper leaves out. */
export const DISTILL_BY_DINO_DEFAULTS: PretrainRecipe = Object.freeze({
  ...PRETRAIN_LAPTOP,
  stochasticDepth: 0,
  maskShare: 0,
  maskRatio: [0, 0],
} as const)

/** The numbers of a distillation by the paper's losses that can be chosen. */
export type DistillByDinoRecipe = Omit<PretrainRecipe, 'stochasticDepth' | 'maskShare' | 'maskRatio'>

/** Options of {@link distillByDino}. */
export interface DistillByDinoOptions<Source> extends Partial<DistillByDinoRecipe>, CropTrainingOptions<Source> {}

/**
 * Teaches a student by the paper's own distillation (arXiv 2304.07193, section 5): the training without labels that a
 * teacher is made by, with the teacher frozen, no masks and no stochastic depth, iBOT's loss on all patches of the two
 * global crops; a moving average of the student is kept as the result. See `selfSupervisedStep` for how a teacher without a
 * head gets one. Runs everywhere.
 *
 * @param runtime - decodes images, makes sessions
 * @param networks - teacher and student
 * @param sources - images, in the same order every time; labels are not needed
 * @param options - recipe, how long, what is told and kept
 * @throws DinokitError `invalid-option` without an end or for a recipe that can't be, `size-invalid` where crops don't divide
 *   into patches, `training-diverged`, `tensor-missing` and `tensor-invalid` for `from` of another training, and those of
 *   `trainOnCrops`
 */
export async function distillByDino<Source>(
  runtime: ImageReader<Source> & SessionMaker,
  { teacher, student }: Distillation,
  sources: readonly Source[],
  options: DistillByDinoOptions<Source>,
): Promise<DistillResult> {
  const recipe = { ...DISTILL_BY_DINO_DEFAULTS, ...options }
  const { average, ...end } = await trainWithoutLabels(runtime, { student, teacher, sources, recipe }, options)
  return { ...end, student: average }
}
