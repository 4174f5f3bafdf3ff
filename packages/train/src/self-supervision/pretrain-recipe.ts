import type { NumberRange } from '@dinokit/core/augment'

/** The numbers of training without labels. What happens during a part of the run is said as its share of the whole. */
export interface PretrainRecipe {
  /** Side of the global crops in pixels. Default 224. */
  readonly globalSize: number
  /** Side of the local crops in pixels. Default 98. */
  readonly localSize: number
  /** Number of local crops of an image. Default 8. */
  readonly locals: number
  /** Share of an image's area that the global crops cover. Default [0.32, 1]. */
  readonly globalScale: NumberRange
  /** Share of an image's area that the local crops cover. Default [0.05, 0.32]. */
  readonly localScale: NumberRange
  /** Images of one batch. Default 64. */
  readonly batch: number
  /**
   * Batches of one update, in the memory of one. What is of a batch as a whole, Sinkhorn-Knopp, centers and KoLeo, stays of each
   * by itself. Default 1.
   */
  readonly accumulate: number
  /** Learning rate at the end of the warm-up, for 1024 images an update; multiplied by the root of batch * accumulate / 1024. Default 0.004. */
  readonly learningRate: number
  /** Learning rate at the end, multiplied likewise. Default 1e-6. */
  readonly lastLearningRate: number
  /** Share of the run in which the learning rate rises. Default 0.1: 10 of 100 epochs. */
  readonly warmUp: number
  /** Weight decay at the beginning and at the end. Default [0.04, 0.4]. */
  readonly weightDecay: NumberRange
  /** Share of the teacher that is kept at each step, at the beginning and at the end. Default [0.992, 1]. */
  readonly momentum: NumberRange
  /** Teacher temperature at the beginning, and after its warm-up. Default [0.04, 0.07]. */
  readonly teacherTemperature: NumberRange
  /** Share of the run in which the teacher's temperature rises. Default 0.3: 30 of 100 epochs. */
  readonly temperatureWarmUp: number
  /** Default 0.1. */
  readonly studentTemperature: number
  /** Share of the run in which the head's last layer stays as it is. Default 0.01: the first of 100 epochs. */
  readonly frozenLastLayer: number
  /** Largest norm of the gradients, of backbone and head each. Default 3. */
  readonly clip: number
  /** Multiplier of the learning rate from each block to the one before. Default 0.9. */
  readonly layerDecay: number
  /** Multiplier of the learning rate of the patch projection besides. Default 0.2. */
  readonly patchRate: number
  /** Probability that a branch of a block is left out. Default 0.3. */
  readonly stochasticDepth: number
  /** Weights of the losses. Default 1, 1 and 0.1. */
  readonly dino: number
  readonly ibot: number
  readonly koleo: number
  /** Share of the global crops that are masked. Default 0.5. */
  readonly maskShare: number
  /** Share of a masked crop that is masked. Default [0.1, 0.5]. */
  readonly maskRatio: NumberRange
  /** Method against collapse of the teacher's answers. Default `sinkhorn`. */
  readonly targets: 'sinkhorn' | 'centering'
  /** Number of prototypes of the head. Default 65536. */
  readonly prototypes: number
  /** Width inside the head. Default 2048. */
  readonly hidden: number
  /** Width before the prototypes. Default 256. */
  readonly bottleneck: number
  /** Seed of crops, order, masks and the head. Default 0. */
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
  accumulate: 1,
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

/**
 * Recipe for two to eight cores: small crops, few prototypes, nothing that slows a small network down; and a learning rate
 * and a teacher's temperature that small batches bear: with the paper's, the head says the same of every image after
 * some hundred steps (docs/training.md).
 */
export const PRETRAIN_LAPTOP: PretrainRecipe = Object.freeze({
  ...PRETRAIN_DEFAULTS,
  globalSize: 112,
  localSize: 56,
  locals: 4,
  batch: 32,
  learningRate: 0.0012,
  weightDecay: [0.04, 0.1],
  momentum: [0.996, 1],
  teacherTemperature: [0.03, 0.03],
  stochasticDepth: 0,
  layerDecay: 1,
  patchRate: 1,
  prototypes: 1024,
  hidden: 512,
  bottleneck: 128,
} as const)
