import { DinokitError, type ModelCard, type Tensor } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { positionMatrix } from '@dinokit/vit'
import { isMatrix } from './lib/is-matrix.ts'
import { scalar } from './lib/scalar.ts'
import { cosineLoss, smoothL1 } from './losses.ts'
import { adamW, type Optimizer } from './optimizers.ts'
import { STUDENT_PREFIX, withoutPrefix } from './prefixed.ts'
import { trainableVit, type TrainableVitTokens } from './trainable-vit.ts'
import { trainingStep, type TrainingStep } from './training-step.ts'

/** What the terms of a distillation's loss weigh. */
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
  /** What weight decay is applied to. Default: parameters of two or more dimensions that are no bias. */
  decayed?(name: string, shape: readonly number[]): boolean
}

/** Class tokens count most: most is asked of them afterwards. */
export const DISTILLATION_WEIGHTS: DistillationWeights = Object.freeze({
  clsCosine: 2,
  patchCosine: 1,
  clsSmoothL1: 0.3,
  patchSmoothL1: 0.3,
})

/** A student, its teacher, and the pictures that both look at. */
export interface DistillationPair {
  readonly student: ModelCard
  readonly teacher: ModelCard
  /** Side of the square pictures in pixels. */
  readonly size: number
  /** Pictures of one step. */
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
 * @param pair - student, teacher, size and number of pictures
 * @param parameters - that it starts from: `student.` and Meta's names, and the projection where widths differ
 * @param options - weights of the losses, optimiser, clipping
 * @throws DinokitError `size-invalid` where a network's patches don't fill the pictures, `tensor-missing` without a projection
 */
export function distillationStep(
  pair: DistillationPair,
  parameters: Readonly<Record<string, Tensor>>,
  options: DistillationStepOptions = {},
): TrainingStep {
  const { weights = DISTILLATION_WEIGHTS, optimizer = adamW(), clip = 1 } = options
  const { student, teacher, size, batch } = pair
  const [to, from] = [gridOf(student, size, pair), gridOf(teacher, size, pair)]
  assertProjection(pair, parameters)
  return trainingStep({
    name: 'distillation',
    parameters,
    optimizer,
    clip: { norm: clip },
    decayed: (name, shape) => options.decayed?.(name, shape) ?? isMatrix(name, shape),
    forward({ g, values }) {
      const pixels = g.input('pixels', 'uint8', [batch, size, size, 3])
      const { dim, registers } = teacher.architecture
      const patches = from[0] * from[1]
      const tokens = g.input('teacher', 'float32', [batch, 1 + registers + patches, dim])
      const [cls, , grid] = g.applyMany('Split', 3, [tokens, g.integers(1, registers, patches)], { axis: 1 }) as [Value, Value, Value]
      const made = trainableVit(g, student, withoutPrefix(STUDENT_PREFIX, values)).tokens(pixels, [size, size])
      return matchTokens(
        g,
        { cls: project(g, made.cls, values), patches: project(g, made.patches, values) },
        { cls: g.apply('Reshape', [cls, g.integers(-1, dim)]), patches: resample(g, grid, dim, from, to) },
        weights,
      )
    },
  })
}

/** Both networks must cut the same pictures into whole patches. */
function gridOf({ architecture: { patch } }: ModelCard, size: number, { student, teacher }: DistillationPair): readonly [number, number] {
  if (Number.isInteger(size) && size > 0 && size % patch === 0) return [size / patch, size / patch]
  const [a, b] = [student.architecture.patch, teacher.architecture.patch]
  const step = (a * b) / greatestCommonDivisor(a, b)
  const both = `both ${student.id} (${a}x${a}) and ${teacher.id} (${b}x${b})`
  throw new DinokitError('size-invalid', `Pictures of ${size}x${size} don’t divide into the patches of ${both}.`, {
    given: `${size}, with a student of patch ${a} and a teacher of patch ${b}`,
    expected: `a multiple of ${step}, such as ${Math.max(1, Math.round(size / step)) * step}`,
  })
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

function assertProjection({ student, teacher }: DistillationPair, parameters: Readonly<Record<string, Tensor>>): void {
  const [from, to] = [student.architecture.dim, teacher.architecture.dim]
  const weight = parameters['projection.weight']
  if (!weight && from === to) return
  if (weight?.shape.join() === `${to},${from}` && parameters['projection.bias']?.shape.join() === `${to}`) return
  throw new DinokitError('tensor-missing', `A student of width ${from} can’t be matched with a teacher of width ${to}.`, {
    given: weight ? `projection.weight [${weight.shape.join(', ')}]` : 'no projection',
    expected: `projection.weight [${to}, ${from}] and projection.bias [${to}]`,
  })
}

function project(g: GraphBuilder, x: Value, values: Readonly<Record<string, Value>>): Value {
  const weight = values['projection.weight']
  if (!weight) return x
  return g.apply('Add', [g.apply('MatMul', [x, g.apply('Transpose', [weight], { perm: [1, 0] })]), values['projection.bias']])
}

/** [batch][patches][dim] of one grid to another. */
function resample(g: GraphBuilder, patches: Value, dim: number, from: readonly [number, number], to: readonly [number, number]): Value {
  if (from[0] === to[0] && from[1] === to[1]) return patches
  const rows = g.apply('MatMul', [
    g.constant(positionMatrix(from[0], to[0], 'antialias')),
    g.apply('Reshape', [patches, g.integers(-1, from[0], from[1] * dim)]),
  ])
  const grid = g.apply('Reshape', [rows, g.integers(-1, to[0], from[1], dim)])
  const resampled = g.apply('MatMul', [g.constant(positionMatrix(from[1], to[1], 'antialias')), grid])
  return g.apply('Reshape', [resampled, g.integers(-1, to[0] * to[1], dim)])
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
