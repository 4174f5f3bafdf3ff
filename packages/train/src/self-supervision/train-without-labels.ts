import {
  DinokitError,
  stackBytes,
  tensor,
  type AnyTensor,
  type Backbone,
  type ImageReader,
  type ModelCard,
  type Tensor,
} from '@dinokit/core'
import { createRandom, dinov2Recipe, type MultiCrop } from '@dinokit/core/augment'
import { createTrainer, type SessionMaker, type TrainerState } from '../step/create-trainer.ts'
import type { CropBatch } from '../distillation/crop-batches.ts'
import { sampleMasks } from './sample-masks.ts'
import { initialDinoHead } from './initial-dino-head.ts'
import { maskedBatch } from './masked-batch.ts'
import type { StepRates } from '../step/optimizers.ts'
import type { PretrainRecipe } from './pretrain-recipe.ts'
import type { RunEnd } from '../step/run-training.ts'
import { cosineSchedule, linearSchedule, warmUp } from '../step/schedules.ts'
import { BACKBONE_PREFIX } from '../step/prefixed.ts'
import { selfSupervisedStep } from './self-supervised-step.ts'
import { withoutMaskToken, type Student } from '../distillation/student.ts'
import { assertEnd, trainOnCrops, type CropTraining, type CropTrainingOptions } from '../distillation/train-on-crops.ts'
import { averageName, type TrainingStep } from '../step/training-step.ts'
import { layerDecay } from './layer-decay.ts'
import { createTeacherSession } from '../distillation/teacher-session.ts'
import { initialProjection } from '../distillation/teacher-pair.ts'

/** Parts of a training without labels. */
export interface UnlabeledTraining<Source> {
  /** The network, as it begins. */
  readonly student: Student
  /** A frozen teacher, which stays the caller's. Default: the moving average of the student. */
  readonly teacher?: Backbone
  /** Images, in the same order every time. */
  readonly sources: readonly Source[]
  /** With a frozen teacher, masks are left out. */
  readonly recipe: PretrainRecipe
}

/**
 * Trains a network by `selfSupervisedStep`: by its own moving average, or by a frozen teacher.
 *
 * @param runtime - decodes images, makes sessions
 * @param training - networks, images, recipe
 * @param options - how long, what is told and kept
 * @returns how it ended, and the moving average of the student
 * @throws DinokitError those of `pretrain`
 */
export async function trainWithoutLabels<Source>(
  runtime: ImageReader<Source> & SessionMaker,
  { student, teacher, sources, recipe }: UnlabeledTraining<Source>,
  options: CropTrainingOptions<Source>,
): Promise<RunEnd & { readonly average: Student }> {
  assertEnd(options)
  assertRecipe(recipe, student)
  const running = { ...(options.signal && { signal: options.signal }) }
  const step = stepOf(recipe, student, teacher?.card)
  await using session = teacher && (await createTeacherSession(runtime, teacher))
  await using trainer = await createTrainer(runtime, step)
  const averageOf = ({ tensors }: TrainerState): Student => ({ card: student.card, tensors: averagesOf(student, tensors) })
  const temperature = linearSchedule(...recipe.teacherTemperature, recipe.temperatureWarmUp)
  const training: CropTraining<Source> = {
    sources,
    crops: dinov2Recipe(recipe),
    seed: recipe.seed,
    batch: recipe.batch,
    rates: ratesOf(recipe),
    feeds: async (batch, share) => ({
      ...feedsOf(batch, recipe, student, !session),
      ...(session && { teacher: await session.tokens(stacked(batch, 'global', 2), running) }),
      teacherTemperature: number(recipe.temperatureWarmUp > 0 ? temperature(share) : recipe.teacherTemperature[1]),
      lastLayerRate: number(share < recipe.frozenLastLayer ? 0 : 1),
    }),
    trained: averageOf,
  }
  const end = await trainOnCrops(runtime, trainer, training, options)
  return { ...end, average: averageOf(trainer.state) }
}

function stepOf(recipe: PretrainRecipe, { card, tensors }: Student, teacher: ModelCard | undefined): TrainingStep {
  const { globalSize, localSize, locals, targets, studentTemperature, clip, dino, ibot, koleo } = recipe
  return selfSupervisedStep({
    card,
    backbone: teacher ? withoutMaskToken(tensors) : tensors,
    head: initialDinoHead((teacher ?? card).architecture.dim, recipe.seed, recipe),
    ...(teacher && { teacher, projection: initialProjection({ student: card, teacher }, recipe.seed) }),
    crops: { globalSize, localSize, locals },
    targets,
    studentTemperature,
    clip,
    accumulate: recipe.accumulate,
    weights: { dino, ibot, koLeo: koleo },
    stochasticDepth: recipe.stochasticDepth > 0,
    ...((recipe.layerDecay !== 1 || recipe.patchRate !== 1) && {
      rate: layerDecay(card.architecture.depth, recipe.layerDecay, recipe.patchRate),
    }),
  })
}

/** Returns the average parameters; those that are not trained stay as they are. */
function averagesOf({ tensors }: Student, state: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, state[averageName(BACKBONE_PREFIX + name)] ?? value]))
}

function ratesOf(recipe: PretrainRecipe): (share: number) => StepRates {
  const scale = Math.sqrt((recipe.batch * recipe.accumulate) / 1024)
  const falling = cosineSchedule(recipe.learningRate * scale, recipe.lastLearningRate * scale, 1 - recipe.warmUp)
  const learningRate = recipe.warmUp > 0 ? warmUp(falling, recipe.warmUp) : falling
  const weightDecay = cosineSchedule(...recipe.weightDecay, 1)
  const momentum = cosineSchedule(...recipe.momentum, 1)
  return (share) => ({ learningRate: learningRate(share), weightDecay: weightDecay(share), average: momentum(share) })
}

/** Crops in the reference's order: the first of every image, then the second, and so on. */
function stacked({ crops }: CropBatch, kind: keyof MultiCrop, count: number): Tensor<'uint8'> {
  return stackBytes(Array.from({ length: count }, (_, index) => crops.map((image) => image[kind][index]!.pixels)).flat())
}

function feedsOf(batch: CropBatch, recipe: PretrainRecipe, { card }: Student, masked: boolean): Record<string, AnyTensor> {
  const { crops, next } = batch
  const random = createRandom(recipe.seed, next.epoch, next.index, 1)
  const { patch, depth } = card.architecture
  const side = recipe.globalSize / patch
  const kept = (count: number): Tensor =>
    tensor(
      'float32',
      Float32Array.from({ length: 2 * depth * count }, () =>
        random.chance(recipe.stochasticDepth) ? 0 : 1 / (1 - recipe.stochasticDepth),
      ),
      [2 * depth, count],
    )
  const mask = (): Tensor<'bool'> =>
    sampleMasks(random, 2 * crops.length, [side, side], { share: recipe.maskShare, ratio: recipe.maskRatio })
  const [deep, local] = [recipe.stochasticDepth > 0, recipe.locals > 0]
  return {
    global: stacked(batch, 'global', 2),
    ...(masked && maskedBatch(mask())),
    ...(local && { local: stacked(batch, 'local', recipe.locals) }),
    ...(deep && { globalKept: kept(2 * crops.length) }),
    ...(deep && local && { localKept: kept(recipe.locals * crops.length) }),
  }
}

function number(value: number): Tensor {
  return tensor('float32', Float32Array.of(value), [])
}

function assertRecipe(recipe: PretrainRecipe, { card }: Student): void {
  const refuse = (message: string, given: string, expected: string): never => {
    throw new DinokitError('invalid-option', message, { given, expected })
  }
  if (!(recipe.batch >= 2)) refuse('An image alone has no neighbor.', `batch ${recipe.batch}`, 'two images or more in a batch')
  for (const name of ['warmUp', 'temperatureWarmUp', 'frozenLastLayer', 'stochasticDepth', 'maskShare'] as const) {
    const value = recipe[name]
    if (!(value >= 0 && value < 1)) refuse(`${name} can’t be ${value}.`, String(value), 'a share from 0 to below 1')
  }
  const { patch } = card.architecture
  for (const name of recipe.locals > 0 ? (['globalSize', 'localSize'] as const) : (['globalSize'] as const)) {
    const size = recipe[name]
    if (Number.isInteger(size / patch) && size > 0) continue
    throw new DinokitError('size-invalid', `Crops of ${size}x${size} don’t divide into ${card.id}’s patches of ${patch}x${patch}.`, {
      given: `${name} ${size}`,
      expected: `a multiple of ${patch}, such as ${Math.max(1, Math.round(size / patch)) * patch}`,
    })
  }
}
