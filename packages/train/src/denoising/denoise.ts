import { tensor, type ImageReader, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { createTrainer, type SessionMaker } from '../step/create-trainer.ts'
import { randomResizedCrops } from '../distillation/random-resized-crops.ts'
import { withoutMaskToken } from '../distillation/student.ts'
import { studentRates, trainedStudent, withNetworkInput } from '../distillation/student-training.ts'
import type { Distillation, DistillResult } from '../distillation/distill.ts'
import { assertEnd, trainOnCrops, type CropTraining, type CropTrainingOptions } from '../distillation/train-on-crops.ts'
import { STUDENT_PREFIX, withPrefix } from '../step/prefixed.ts'
import { createDenoisingTeacher, type DenoisedTargets } from './denoised-targets.ts'
import { denoisingFeeds, type DenoisingView } from './denoising-feeds.ts'
import { denoisingStep } from './denoising-step.ts'
import { assertDenoising, DENOISE_DEFAULTS, type DenoiseRecipe } from './denoise-recipe.ts'
import { takeTurns } from './take-turns.ts'

/** Averaged targets of images, kept: a store. */
export interface DenoisedTargetsCache<Source> {
  /**
   * The targets of each image as `prepare` makes it ready by the teacher's card and the recipe's `size`.
   *
   * @param sources - images
   * @returns in the same order
   */
  read(sources: readonly Source[]): Promise<readonly DenoisedTargets[]>
}

/** Options of {@link denoise}. */
export interface DenoiseOptions<Source> extends Partial<DenoiseRecipe>, CropTrainingOptions<Source> {
  /** Targets that were made beforehand: see `DenoisingTeacher.targets`. */
  readonly cache: DenoisedTargetsCache<Source>
}

/**
 * Teaches a student, which begins as its teacher with registers added, what the teacher sees of patches on average over many
 * windows, and the teacher's class token on the same window (arXiv 2505.21501, without labels): patch features become free of what
 * hangs on the place in the frame. Runs everywhere.
 *
 * @param runtime - decodes images, makes sessions
 * @param networks - teacher and student
 * @param sources - images, in the same order every time; labels are not needed
 * @param options - recipe, targets, how long, what is told and kept
 * @throws DinokitError `invalid-option` without an end or for a recipe that can't be, `size-invalid` for windows that don't divide
 *   into patches, `model-unsupported` for a student of another width, `training-diverged`, and those of `trainOnCrops`
 */
export async function denoise<Source>(
  runtime: ImageReader<Source> & SessionMaker,
  { teacher, student }: Distillation,
  sources: readonly Source[],
  options: DenoiseOptions<Source>,
): Promise<DistillResult> {
  const recipe: DenoiseRecipe = { ...DENOISE_DEFAULTS, ...options }
  assertEnd(options)
  assertDenoising(recipe, teacher.card, student.card)
  const { batch, windows, accumulate, clip, attention, cornerMasking, registersFirst, classLayers } = recipe
  const { cache, signal } = options
  const running = { ...(signal && { signal }) }
  const parameters = withPrefix(STUDENT_PREFIX, withoutMaskToken(student.tensors))
  const sizes = [...new Set(windows)]
  const visible = (size: number): number => visibleOf(recipe, size / student.card.architecture.patch)
  const steps = sizes.map((size) =>
    denoisingStep(student.card, parameters, {
      ...{ size, batch, clip, accumulate, attention, classLayers },
      keyBias: cornerMasking > 0,
      registersFirst: registersFirst > 0,
      ...(recipe.patchDropout > 0 && { visible: visible(size) }),
    }),
  )
  await using looking = createDenoisingTeacher(runtime, teacher, classLayers)
  const trainers = await Promise.all(steps.map((step) => createTrainer(runtime, step)))
  await using trainer = takeTurns(trainers, (made) => sizes.indexOf(windows[made % windows.length]!))
  const training: CropTraining<Source> = {
    sources,
    crops: randomResizedCrops({ size: recipe.size, scale: [1, 1], ratio: [1, 1], flip: 0 }),
    seed: recipe.seed,
    batch,
    rates: studentRates(recipe),
    feeds: async ({ crops, sources: seen, next }) => {
      const made = trainer.state.steps
      const side = windows[made % windows.length]! / student.card.architecture.patch
      const targets = await cache.read(seen)
      const random = createRandom(recipe.seed, 2, next.epoch, next.index)
      const views = crops.map(({ global }, index): DenoisingView => {
        const range = recipe.size / student.card.architecture.patch - side + 1
        const window = { offset: [random.below(range), random.below(range)] as const, side, flip: random.chance(0.5) }
        const places = Array.from({ length: side ** 2 }, (_, place) => place)
        const kept = recipe.patchDropout > 0 && random.shuffle(places).slice(0, visibleOf(recipe, side))
        return {
          pixels: global[0]!.pixels,
          targets: targets[index]!,
          window,
          ...(kept && { visible: kept.sort((a, b) => a - b) }),
        }
      })
      const masked = random.chance(cornerMasking)
      const feeds = denoisingFeeds(student.card, views, {
        attention: attention > 0,
        ...(cornerMasking > 0 && { corners: masked ? 'masked' : 'free' }),
      })
      return {
        ...feeds,
        cls: await looking.classTokens(feeds.pixels, running),
        ...(registersFirst > 0 && { others: number(made < registersFirst ? 0 : 1) }),
      }
    },
    trained: (state) => trainedStudent(student, state),
  }
  const end = await trainOnCrops(withNetworkInput(runtime, teacher.card, recipe.size), trainer, training, options)
  return { ...end, student: trainedStudent(student, trainer.state) }
}

/** Number of patches that are seen of a window of so many rows. */
function visibleOf({ patchDropout }: DenoiseRecipe, side: number): number {
  return Math.max(1, Math.round((1 - patchDropout) * side ** 2))
}

function number(value: number): Tensor {
  return tensor('float32', Float32Array.of(value), [])
}
