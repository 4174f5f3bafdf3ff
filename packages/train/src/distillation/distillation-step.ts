import type { ModelCard, Tensor } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { isMatrix } from '../step/is-matrix.ts'
import { scalar } from '../step/scalar.ts'
import { assertProjection, gridsOf, projectTokens, readTeacher } from './teacher-pair.ts'
import { cosineLoss, smoothL1 } from '../step/losses.ts'
import { adamW, type Optimizer } from '../step/optimizers.ts'
import { STUDENT_PREFIX, withoutPrefix } from '../step/prefixed.ts'
import { trainableVit, type TrainableVitTokens } from './trainable-vit.ts'
import { trainingStep, type TrainingStep } from '../step/training-step.ts'

/** Weights of the terms of a distillation's loss. */
export interface DistillationWeights {
  /** One less the cosine of class tokens. */
  readonly clsCosine: number
  /** One less the cosine of patch tokens. */
  readonly patchCosine: number
  /** Smooth L1 of class tokens. */
  readonly clsSmoothL1: number
  /** Smooth L1 of patch tokens. */
  readonly patchSmoothL1: number
}

/** Options of {@link distillationStep}. */
export interface DistillationStepOptions {
  /** Default {@link DISTILLATION_WEIGHTS}. */
  readonly weights?: DistillationWeights
  /** Default AdamW. */
  readonly optimizer?: Optimizer
  /** Largest norm of all gradients together. Default 1. */
  readonly clip?: number
  /** Batches of one step. Default 1. */
  readonly accumulate?: number
  /** Tells whether weight decay applies to a parameter. Default: parameters of two or more dimensions that are no bias. */
  decayed?(name: string, shape: readonly number[]): boolean
}

/** Class tokens count most: most is asked of them afterwards. */
export const DISTILLATION_WEIGHTS: DistillationWeights = Object.freeze({
  clsCosine: 2,
  patchCosine: 1,
  clsSmoothL1: 0.3,
  patchSmoothL1: 0.3,
})

/** A student, its teacher, and the images that both look at. */
export interface DistillationPair {
  readonly student: ModelCard
  readonly teacher: ModelCard
  /** Side of the square images in pixels. */
  readonly size: number
  /** Images of one step. */
  readonly batch: number
}

/**
 * A training step of a student that is to give the tokens of its teacher: CLS and patches, matched by cosine and smooth
 * L1. A student of another width has a linear projection (`projection.weight`, `projection.bias`), which is dropped
 * afterwards; where the patches' grids differ, the teacher's is resampled, bicubically.
 *
 * A batch is `pixels` uint8 [batch][size][size][3] and `teacher` float32 [batch][T][dim], the teacher's tokens after its final
 * LayerNorm, T = 1 + registers + rows * columns.
 *
 * @param pair - student, teacher, size and number of images
 * @param parameters - that it starts from: `student.` and Meta's names, and the projection where widths differ
 * @param options - weights of the losses, optimizer, clipping
 * @throws DinokitError `size-invalid` where a network's patches don't fill the images, `tensor-missing` without a projection
 */
export function distillationStep(
  pair: DistillationPair,
  parameters: Readonly<Record<string, Tensor>>,
  options: DistillationStepOptions = {},
): TrainingStep {
  const { weights = DISTILLATION_WEIGHTS, optimizer = adamW(), clip = 1, accumulate = 1 } = options
  const { student, teacher, size, batch } = pair
  const grids = gridsOf(pair, size)
  assertProjection(pair, parameters)
  return trainingStep({
    name: 'distillation',
    parameters,
    optimizer,
    accumulate,
    clip: { norm: clip },
    decayed: (name, shape) => options.decayed?.(name, shape) ?? isMatrix(name, shape),
    forward({ g, values }) {
      const pixels = g.input('pixels', 'uint8', [batch, size, size, 3])
      const { dim, registers } = teacher.architecture
      const [rows, columns] = grids.teacher
      const tokens = g.input('teacher', 'float32', [batch, 1 + registers + rows * columns, dim])
      const made = trainableVit(g, student, withoutPrefix(STUDENT_PREFIX, values)).tokens(pixels, [size, size])
      return matchTokens(g, projectTokens(g, made, values), readTeacher(g, tokens, teacher, grids), weights)
    },
  })
}

function matchTokens(
  g: GraphBuilder,
  made: TrainableVitTokens,
  targets: TrainableVitTokens,
  weights: DistillationWeights,
): { loss: Value; outputs: Record<string, Value> } {
  const outputs = {
    clsCosine: cosineLoss(g, made.cls, targets.cls),
    patchCosine: cosineLoss(g, made.patches, targets.patches),
    clsSmoothL1: smoothL1(g, made.cls, targets.cls),
    patchSmoothL1: smoothL1(g, made.patches, targets.patches),
  }
  const terms = Object.entries(outputs).map(([name, term]) => g.apply('Mul', [term, scalar(g, weights[name as keyof typeof outputs])]))
  return { loss: terms.reduce((sum, term) => g.apply('Add', [sum, term])), outputs }
}
