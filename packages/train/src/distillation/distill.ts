import { stackBytes, tensor, type Backbone, type ImageReader, type LayerTokens, type ModelCard, type Tensor } from '@dinokit/core'
import type { MultiCropRecipe, NumberRange } from '@dinokit/core/augment'
import { createTrainer, type SessionMaker } from '../step/create-trainer.ts'
import { distillationStep } from './distillation-step.ts'
import { createTeacherSession, stackTokens } from './teacher-session.ts'
import { initialProjection } from './teacher-pair.ts'
import { randomResizedCrops } from './random-resized-crops.ts'
import { STUDENT_PREFIX, withPrefix } from '../step/prefixed.ts'
import type { RunEnd } from '../step/run-training.ts'
import { withoutMaskToken, type Student } from './student.ts'
import { studentRates, trainedStudent, withNetworkInput } from './student-training.ts'
import { assertEnd, trainOnCrops, type CropTraining, type CropTrainingOptions } from './train-on-crops.ts'

/** The numbers of a distillation. */
export interface DistillRecipe {
  /** Side of the crops in pixels. Default 224. */
  readonly size?: number
  /** Share of an image's area that a crop covers. Default [0.32, 1]. */
  readonly scale?: NumberRange
  /** Images of one step. Default 32. */
  readonly batch?: number
  /** Batches of one update: the same as one batch of all their images, in the memory of one. Default 1. */
  readonly accumulate?: number
  /** Learning rate at the end of the warm-up. Default 3e-4. */
  readonly learningRate?: number
  /** Share of the run that the warm-up takes. Default 0.05. */
  readonly warmUp?: number
  /** Default 0.03. */
  readonly weightDecay?: number
  /** Largest norm of all gradients together. Default 1. */
  readonly clip?: number
  /** Seed of crops, order and what is random in the student. Default 0. */
  readonly seed?: number
}

/** Defaults of {@link DistillRecipe}. */
export const DISTILL_DEFAULTS: Required<DistillRecipe> = Object.freeze({
  size: 224,
  scale: [0.32, 1],
  batch: 32,
  accumulate: 1,
  learningRate: 3e-4,
  warmUp: 0.05,
  weightDecay: 0.03,
  clip: 1,
  seed: 0,
} as const)

/** Teacher's tokens of images, kept: a store of embeddings. */
export interface TeacherCache<Source> {
  /**
   * The teacher's tokens after its final LayerNorm, of each image as `prepare` makes it ready by the teacher's card and the
   * size of the crops.
   *
   * @param sources - images
   * @returns in the same order
   */
  read(sources: readonly Source[]): Promise<readonly Pick<LayerTokens, 'cls' | 'patches'>[]>
}

/** Options of {@link distill}. */
export interface DistillOptions<Source> extends DistillRecipe, CropTrainingOptions<Source> {
  /**
   * Takes the teacher's tokens from there: it is not run, and both look at the same crop of an image in every epoch, the
   * one that the teacher's card says. Default: the teacher runs beside the student, on random crops.
   */
  readonly cache?: TeacherCache<Source>
}

/** Networks of a distillation. */
export interface Distillation {
  /** It stays open, and yours. */
  readonly teacher: Backbone
  /** The network that is taught, as it begins. */
  readonly student: Student
}

/** A student, and how its training ended. */
export interface DistillResult extends RunEnd {
  readonly student: Student
}

/**
 * Teaches a student the tokens of a frozen teacher, on crops that both look at (see {@link distillationStep}): random ones, or
 * with a `cache` fixed ones. A student of another width has a linear projection to the teacher's, which is dropped. Runs
 * everywhere.
 *
 * @param runtime - decodes images, makes sessions
 * @param networks - teacher and student
 * @param sources - images, in the same order every time; labels are not needed
 * @param options - recipe, how long, what is told and kept
 * @throws DinokitError `invalid-option` without an end, `size-invalid` where the two can't look at the same crops,
 *   `training-diverged`, `tensor-missing` and `tensor-invalid` for `from` of another training, and those of {@link trainOnCrops}
 */
export async function distill<Source>(
  runtime: ImageReader<Source> & SessionMaker,
  { teacher, student }: Distillation,
  sources: readonly Source[],
  options: DistillOptions<Source>,
): Promise<DistillResult> {
  const recipe = { ...DISTILL_DEFAULTS, ...options }
  assertEnd(options)
  const pair = { student: student.card, teacher: teacher.card, size: recipe.size, batch: recipe.batch }
  const parameters = { ...withPrefix(STUDENT_PREFIX, withoutMaskToken(student.tensors)), ...initialProjection(pair, recipe.seed) }
  const step = distillationStep(pair, parameters, { clip: recipe.clip, accumulate: recipe.accumulate })
  const { cache, signal } = options
  const running = { ...(signal && { signal }) }
  await using session = cache ? undefined : await createTeacherSession(runtime, teacher)
  await using trainer = await createTrainer(runtime, step)
  const training: CropTraining<Source> = {
    sources,
    crops: cropsOf(recipe, cache !== undefined),
    seed: recipe.seed,
    batch: recipe.batch,
    rates: studentRates(recipe),
    feeds: async ({ crops, sources: seen }) => {
      const pixels = stackBytes(crops.map(({ global }) => global[0]!.pixels))
      return { pixels, teacher: cache ? tokensOf(teacher.card, await cache.read(seen)) : await session!.tokens(pixels, running) }
    },
    trained: (state) => trainedStudent(student, state),
  }
  const decoding = cache ? withNetworkInput(runtime, teacher.card, recipe.size) : runtime
  const end = await trainOnCrops(decoding, trainer, training, options)
  return { ...end, student: trainedStudent(student, trainer.state) }
}

/** [images][1 + registers + patches][dim]; registers take no part, and are 0. */
function tokensOf({ architecture: { dim, registers } }: ModelCard, read: readonly Pick<LayerTokens, 'cls' | 'patches'>[]): Tensor {
  const none = tensor('float32', new Float32Array(registers * dim), [registers, dim])
  return stackTokens(read.map(({ cls, patches }) => [cls, none, patches]))
}

/** Colors are left alone, as the teacher's tokens depend on them. Fixed, all of the image as it is. */
function cropsOf({ size, scale }: Required<DistillRecipe>, fixed: boolean): MultiCropRecipe {
  return randomResizedCrops({ size, ...(fixed ? { scale: [1, 1], ratio: [1, 1], flip: 0 } : { scale }) })
}
