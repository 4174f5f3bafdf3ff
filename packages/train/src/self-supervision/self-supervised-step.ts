import { tensor, type ModelCard, type Tensor } from '@dinokit/core'
import { writeSelfSupervision } from './write-self-supervision.ts'
import { adamW } from '../step/optimizers.ts'
import { isMatrix } from '../step/is-matrix.ts'
import { assertProjection, gridsOf } from '../distillation/teacher-pair.ts'
import { BACKBONE_PREFIX, HEAD_PREFIX, withPrefix } from '../step/prefixed.ts'
import { trainingStep, type TrainingStep } from '../step/training-step.ts'

/** Options of a self-supervised step. */
export interface SelfSupervisedStepOptions {
  readonly card: ModelCard
  /** The backbone that student and teacher start from, by Meta's names. */
  readonly backbone: Readonly<Record<string, Tensor>>
  /** The head that they start from, by `dinoHead`'s names: of the frozen teacher's width, where there is one. */
  readonly head: Readonly<Record<string, Tensor>>
  /** A frozen teacher, whose tokens come with every batch. Default: the student's moving average is the teacher. */
  readonly teacher?: ModelCard
  /** `projection.weight` and `projection.bias`: from the student's width to that of a frozen teacher, where they differ. */
  readonly projection?: Readonly<Record<string, Tensor>>
  /** Sides of the crops in pixels, multiples of the patch; how many local crops an image has. */
  readonly crops: { readonly globalSize: number; readonly localSize: number; readonly locals: number }
  /** Method against collapse of the teacher's answers. Default `sinkhorn`. */
  readonly targets?: 'sinkhorn' | 'centering'
  /** Default 0.1. */
  readonly studentTemperature?: number
  /** Share of each loss in the sum. Default 1, 1 and 0.1. */
  readonly weights?: { readonly dino: number; readonly ibot: number; readonly koLeo: number }
  /** The norm that the gradients of backbone and head, each, are scaled down to. Default 3. */
  readonly clip?: number
  /** Batches of one step. What is of a batch as a whole, Sinkhorn-Knopp, centers and KoLeo, stays of each by itself. Default 1. */
  readonly accumulate?: number
  /** Whether the student's branches are left out at random: batches then have `globalKept` and `localKept`. Default false. */
  readonly stochasticDepth?: boolean
  /** Returns the multiplier of the learning rate of a parameter of the backbone, by Meta's name. Default: nothing. */
  readonly rate?: (name: string) => number
}

/** Defaults of {@link SelfSupervisedStepOptions}. */
export const SELF_SUPERVISED_STEP_DEFAULTS = Object.freeze({
  targets: 'sinkhorn',
  studentTemperature: 0.1,
  weights: Object.freeze({ dino: 1, ibot: 1, koLeo: 0.1 }),
  clip: 3,
  accumulate: 1,
  stochasticDepth: false,
}) satisfies Partial<SelfSupervisedStepOptions>

/**
 * DINOv2's training step without labels (arXiv 2304.07193; facebookresearch/dinov2, dinov2/train/ssl_meta_arch.py): the
 * student sees masked global crops and local ones, its moving average, the teacher, the global crops whole.
 *
 * Batches are, for B images, N patches of a global crop and M masked ones of all: `global` uint8 [2 B][side][side][3],
 * the first crop of every image, then the second; `local` uint8 [locals * B][side][side][3] likewise; `mask` bool
 * [2 B][N]; `masked` int64 [M], where the mask is set, counted from the first crop's first patch; `maskWeights` float32 [M],
 * 1 / how many are set in that crop; `teacherTemperature` and `lastLayerRate` float32 [], the latter 0 while the head's
 * last layer is frozen, else 1; with `stochasticDepth` `globalKept` and `localKept` float32 [2 depth][crops], see
 * `TrainableVitOptions.kept`.
 *
 * With a frozen teacher it is the paper's distillation (section 5 there): the teacher's backbone is what it is, the student
 * sees its crops whole, and iBOT's loss is of all patches of the global crops. A batch has `teacher` float32 [2 B][1 +
 * registers + patches][dim], its tokens of the global crops, and no masks; a grid that differs from the student's is
 * resampled. The teacher's head is the moving average of the student's, as published teachers come without one. The moving
 * average of the student's backbone takes no part: it is what is kept.
 *
 * Each step gives back `dino.local`, `dino.global`, `ibot` and `koLeo`, as they enter the loss; `entropy`, of the teacher's
 * answers on average, in nats; and `spread`, the deviation of the teacher's class tokens over the batch, lengths aside: 0
 * where all are the same. Where the teacher is frozen, of the student's.
 *
 * @param options - networks to start from, crops, losses
 * @throws DinokitError `size-invalid` where global crops don't divide into a frozen teacher's patches, `tensor-missing` without
 *   a projection to its width
 */
export function selfSupervisedStep(options: SelfSupervisedStepOptions): TrainingStep {
  const { targets, studentTemperature, weights, clip, accumulate, stochasticDepth } = { ...SELF_SUPERVISED_STEP_DEFAULTS, ...options }
  const { rate, teacher, projection = {}, crops } = options
  if (teacher) {
    const pair = { student: options.card, teacher }
    gridsOf(pair, crops.globalSize)
    assertProjection(pair, projection)
  }
  const ofBackbone = (name: string): boolean => name.startsWith(BACKBONE_PREFIX)
  const prototypes = options.head['last_layer.weight_v']!.shape[0]!
  const zeros = tensor('float32', new Float32Array(prototypes), [1, prototypes])
  return trainingStep({
    name: 'self-supervised',
    parameters: { ...withPrefix(BACKBONE_PREFIX, options.backbone), ...projection, ...withPrefix(HEAD_PREFIX, options.head) },
    buffers: targets === 'centering' ? { 'center.cls': zeros, 'center.patches': zeros } : {},
    optimizer: adamW(),
    average: true,
    accumulate,
    clip: { norm: clip, group: (name) => (ofBackbone(name) ? 'backbone' : 'head') },
    decayed: isMatrix,
    rate: (name) =>
      rate && ofBackbone(name) ? tensor('float32', Float32Array.of(rate(name.slice(BACKBONE_PREFIX.length))), []) : undefined,
    forward: (inputs) => writeSelfSupervision(inputs, { ...options, targets, studentTemperature, weights, stochasticDepth }),
  })
}
