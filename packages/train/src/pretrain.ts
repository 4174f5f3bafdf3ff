import {
  createRandom,
  dinov2Recipe,
  DinokitError,
  stackPixels,
  tensor,
  type AnyTensor,
  type MultiCrop,
  type NumberRange,
  type Runtime,
  type Tensor,
} from '@dinokit/core'
import { createTrainer, type TrainerState } from './create-trainer.ts'
import type { CropBatch } from './crop-batches.ts'
import { drawMasks } from './draw-masks.ts'
import { initialDinoHead } from './initial-dino-head.ts'
import { layerDecay } from './lib/layer-decay.ts'
import { maskedBatch } from './masked-batch.ts'
import type { StepRates } from './optimizers.ts'
import type { RunEnd } from './run-training.ts'
import { cosineSchedule, linearSchedule, warmUp } from './schedules.ts'
import { BACKBONE_PREFIX } from './prefixed.ts'
import { selfSupervisedStep } from './self-supervised-step.ts'
import type { Student } from './student.ts'
import { assertEnd, trainOnCrops, type CropTraining, type CropTrainingOptions } from './train-on-crops.ts'
import { averageName, type TrainingStep } from './training-step.ts'

/** The numbers of training without labels. What happens during a part of the run is said as its share of the whole. */
export interface PretrainRecipe {
  /** Side of the global crops in pixels. Default 224. */
  readonly globalSize: number
  /** Side of the local crops in pixels. Default 98. */
  readonly localSize: number
  /** How many local crops a picture has. Default 8. */
  readonly locals: number
  /** How much of a picture's area the global crops cover. Default [0.32, 1]. */
  readonly globalScale: NumberRange
  /** How much of a picture's area the local crops cover. Default [0.05, 0.32]. */
  readonly localScale: NumberRange
  /** Pictures of one step. Default 64. */
  readonly batch: number
  /** At the end of the warm-up, for 1024 pictures a step; multiplied by the root of batch / 1024. Default 0.004. */
  readonly learningRate: number
  /** What the learning rate ends at, multiplied likewise. Default 1e-6. */
  readonly lastLearningRate: number
  /** Share of the run in which the learning rate rises. Default 0.1: 10 of 100 epochs. */
  readonly warmUp: number
  /** At the beginning and at the end. Default [0.04, 0.4]. */
  readonly weightDecay: NumberRange
  /** How much of the teacher is kept at each step, at the beginning and at the end. Default [0.992, 1]. */
  readonly momentum: NumberRange
  /** At the beginning, and after its warm-up. Default [0.04, 0.07]. */
  readonly teacherTemperature: NumberRange
  /** Share of the run in which the teacher's temperature rises. Default 0.3: 30 of 100 epochs. */
  readonly temperatureWarmUp: number
  /** Default 0.1. */
  readonly studentTemperature: number
  /** Share of the run in which the head's last layer stays as it is. Default 0.01: the first of 100 epochs. */
  readonly frozenLastLayer: number
  /** Largest norm of the gradients, of backbone and head each. Default 3. */
  readonly clip: number
  /** What multiplies the learning rate from each block to the one before. Default 0.9. */
  readonly layerDecay: number
  /** What multiplies the learning rate of the patch projection besides. Default 0.2. */
  readonly patchRate: number
  /** Probability that a branch of a block is left out. Default 0.3. */
  readonly stochasticDepth: number
  /** Weights of the losses. Default 1, 1 and 0.1. */
  readonly dino: number
  readonly ibot: number
  readonly koleo: number
  /** Share of the global crops that are masked. Default 0.5. */
  readonly maskShare: number
  /** How much of a masked crop is masked. Default [0.1, 0.5]. */
  readonly maskRatio: NumberRange
  /** What keeps the teacher from answering one and the same. Default `sinkhorn`. */
  readonly targets: 'sinkhorn' | 'centring'
  /** Of the head. Default 65536. */
  readonly prototypes: number
  /** Width inside the head. Default 2048. */
  readonly hidden: number
  /** Width before the prototypes. Default 256. */
  readonly bottleneck: number
  /** Of crops, order, masks and the head. Default 0. */
  readonly seed: number
}

/** The paper's numbers (arXiv 2304.07193; facebookresearch/dinov2, dinov2/configs). */
export const PRETRAIN_DEFAULTS: PretrainRecipe = Object.freeze({
  globalSize: 224,
  localSize: 98,
  locals: 8,
  globalScale: [0.32, 1],
  localScale: [0.05, 0.32],
  batch: 64,
  learningRate: 0.004,
  lastLearningRate: 1e-6,
  warmUp: 0.1,
  weightDecay: [0.04, 0.4],
  momentum: [0.992, 1],
  teacherTemperature: [0.04, 0.07],
  temperatureWarmUp: 0.3,
  studentTemperature: 0.1,
  frozenLastLayer: 0.01,
  clip: 3,
  layerDecay: 0.9,
  patchRate: 0.2,
  stochasticDepth: 0.3,
  dino: 1,
  ibot: 1,
  koleo: 0.1,
  maskShare: 0.5,
  maskRatio: [0.1, 0.5],
  targets: 'sinkhorn',
  prototypes: 65536,
  hidden: 2048,
  bottleneck: 256,
  seed: 0,
} as const)

/** What two to eight cores bear: small crops, few prototypes, and nothing that slows a small network down. */
export const PRETRAIN_LAPTOP: PretrainRecipe = Object.freeze({
  ...PRETRAIN_DEFAULTS,
  globalSize: 112,
  localSize: 56,
  locals: 4,
  batch: 32,
  stochasticDepth: 0,
  layerDecay: 1,
  patchRate: 1,
  prototypes: 2048,
  hidden: 512,
  bottleneck: 128,
})

/** Options of {@link pretrain}. */
export interface PretrainOptions<Source> extends Partial<PretrainRecipe>, CropTrainingOptions<Source> {}

/** What a training without labels gives. */
export interface PretrainResult extends RunEnd {
  /** The moving average of the student: what is kept. */
  readonly teacher: Student
}

/**
 * Trains a network on pictures without labels, as DINOv2 was: see {@link selfSupervisedStep}. Runs everywhere.
 *
 * @param runtime - decodes pictures, makes sessions
 * @param student - what it begins as
 * @param sources - pictures, in the same order every time
 * @param options - recipe, how long, what is told and kept
 * @throws DinokitError `invalid-option` without an end or for a recipe that can't be, `size-invalid` where crops don't divide
 *   into patches, `training-diverged`, `tensor-missing` and `tensor-invalid` for `from` of another training, and those of
 *   {@link trainOnCrops}
 */
export async function pretrain<Source>(
  runtime: Pick<Runtime<Source>, 'decodeImage' | 'createSession'>,
  student: Student,
  sources: readonly Source[],
  options: PretrainOptions<Source>,
): Promise<PretrainResult> {
  const recipe: PretrainRecipe = { ...PRETRAIN_DEFAULTS, ...options }
  assertEnd(options)
  assertRecipe(recipe, student)
  await using trainer = await createTrainer(runtime, stepOf(recipe, student))
  const teacherOf = ({ tensors }: TrainerState): Student => ({ card: student.card, tensors: averagesOf(student, tensors) })
  const temperature = linearSchedule(...recipe.teacherTemperature, recipe.temperatureWarmUp)
  const training: CropTraining = {
    crops: dinov2Recipe(recipe),
    seed: recipe.seed,
    batch: recipe.batch,
    rates: ratesOf(recipe),
    feeds: (crops, share) => ({
      ...feedsOf(crops, recipe, student),
      teacherTemperature: number(recipe.temperatureWarmUp > 0 ? temperature(share) : recipe.teacherTemperature[1]),
      lastLayerRate: number(share < recipe.frozenLastLayer ? 0 : 1),
    }),
    trained: teacherOf,
  }
  const end = await trainOnCrops(runtime, trainer, sources, training, options)
  return { ...end, teacher: teacherOf(trainer.state) }
}

function stepOf(recipe: PretrainRecipe, { card, tensors }: Student): TrainingStep {
  const { globalSize, localSize, locals, targets, studentTemperature, clip, dino, ibot, koleo } = recipe
  return selfSupervisedStep({
    card,
    backbone: tensors,
    head: initialDinoHead(card.architecture.dim, recipe.seed, recipe),
    crops: { globalSize, localSize, locals },
    targets,
    studentTemperature,
    clip,
    weights: { dino, ibot, koLeo: koleo },
    stochasticDepth: recipe.stochasticDepth > 0,
    ...((recipe.layerDecay !== 1 || recipe.patchRate !== 1) && {
      rate: layerDecay(card.architecture.depth, recipe.layerDecay, recipe.patchRate),
    }),
  })
}

function averagesOf({ tensors }: Student, state: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.keys(tensors).map((name) => [name, state[averageName(BACKBONE_PREFIX + name)]!]))
}

function ratesOf(recipe: PretrainRecipe): (share: number) => StepRates {
  const scale = Math.sqrt(recipe.batch / 1024)
  const falling = cosineSchedule(recipe.learningRate * scale, recipe.lastLearningRate * scale, 1 - recipe.warmUp)
  const learningRate = recipe.warmUp > 0 ? warmUp(falling, recipe.warmUp) : falling
  const weightDecay = cosineSchedule(...recipe.weightDecay, 1)
  const momentum = cosineSchedule(...recipe.momentum, 1)
  return (share) => ({ learningRate: learningRate(share), weightDecay: weightDecay(share), average: momentum(share) })
}

/** Crops in the reference's order: the first of every picture, then the second, and so on. */
function feedsOf({ crops, next }: CropBatch, recipe: PretrainRecipe, { card }: Student): Record<string, AnyTensor> {
  const stacked = (kind: keyof MultiCrop, count: number): Tensor<'uint8'> =>
    stackPixels(Array.from({ length: count }, (_, index) => crops.map((picture) => picture[kind][index]!.pixels)).flat())
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
  const mask = drawMasks(random, 2 * crops.length, [side, side], { share: recipe.maskShare, ratio: recipe.maskRatio })
  const [deep, local] = [recipe.stochasticDepth > 0, recipe.locals > 0]
  return {
    global: stacked('global', 2),
    ...maskedBatch(mask),
    ...(local && { local: stacked('local', recipe.locals) }),
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
  if (!(recipe.batch >= 2)) refuse('A picture alone has no neighbour.', `batch ${recipe.batch}`, 'two pictures or more in a batch')
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
