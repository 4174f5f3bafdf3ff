import { DinokitError, type ModelCard, type Tensor } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { positionMatrix } from '@dinokit/vit'
import { initialTensors } from '../step/network.ts'
import { withoutPrefix, withPrefix } from '../step/prefixed.ts'
import type { TrainableVitTokens } from './trainable-vit.ts'

/** A student, and the frozen teacher that it is matched with. */
export interface TeacherPair {
  readonly student: ModelCard
  readonly teacher: ModelCard
}

type Grid = readonly [rows: number, columns: number]

const PROJECTION_PREFIX = 'projection.'

/**
 * Rows and columns of the patches that both cut a square image into.
 *
 * @param pair - student and teacher
 * @param size - side of the image in pixels
 * @throws DinokitError `size-invalid` where it doesn't divide into the patches of both
 */
export function gridsOf({ student, teacher }: TeacherPair, size: number): { readonly student: Grid; readonly teacher: Grid } {
  const [a, b] = [student.architecture.patch, teacher.architecture.patch]
  if (Number.isInteger(size) && size > 0 && size % a === 0 && size % b === 0) {
    return { student: [size / a, size / a], teacher: [size / b, size / b] }
  }
  const step = (a * b) / greatestCommonDivisor(a, b)
  const both = `both ${student.id} (${a}x${a}) and ${teacher.id} (${b}x${b})`
  throw new DinokitError('size-invalid', `Images of ${size}x${size} don’t divide into the patches of ${both}.`, {
    given: `${size}, with a student of patch ${a} and a teacher of patch ${b}`,
    expected: `a multiple of ${step}, such as ${Math.max(1, Math.round(size / step)) * step}`,
  })
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/**
 * The linear projection that a student of another width begins with, `projection.weight` and `projection.bias`; nothing
 * where the widths are the same.
 *
 * @param pair - student and teacher
 * @param seed - the same numbers for the same seed
 */
export function initialProjection({ student, teacher }: TeacherPair, seed: number): Record<string, Tensor> {
  const [from, to] = [student.architecture.dim, teacher.architecture.dim]
  if (from === to) return {}
  const { parameters } = initialTensors([{ kind: 'linear', out: to }], from, seed)
  return withPrefix(PROJECTION_PREFIX, withoutPrefix('network.0.', parameters))
}

/** Refuses parameters without the projection that the pair needs: DinokitError `tensor-missing`. */
export function assertProjection({ student, teacher }: TeacherPair, parameters: Readonly<Record<string, Tensor>>): void {
  const [from, to] = [student.architecture.dim, teacher.architecture.dim]
  const { weight, bias } = withoutPrefix(PROJECTION_PREFIX, parameters)
  if (!weight && from === to) return
  if (weight?.shape.join() === `${to},${from}` && bias?.shape.join() === `${to}`) return
  throw new DinokitError('tensor-missing', `A student of width ${from} can’t be matched with a teacher of width ${to}.`, {
    given: weight ? `projection.weight [${weight.shape.join(', ')}]` : 'no projection',
    expected: `projection.weight [${to}, ${from}] and projection.bias [${to}]`,
  })
}

/** A student's tokens in its teacher's width: as they are where `values` hold no projection. */
export function projectTokens(
  g: GraphBuilder,
  { cls, patches }: TrainableVitTokens,
  values: Readonly<Record<string, Value>>,
): TrainableVitTokens {
  const { weight, bias } = withoutPrefix(PROJECTION_PREFIX, values)
  if (!weight) return { cls, patches }
  const project = (x: Value): Value => g.apply('Add', [g.apply('MatMul', [x, g.apply('Transpose', [weight], { perm: [1, 0] })]), bias])
  return { cls: project(cls), patches: project(patches) }
}

/**
 * A teacher's tokens on the student's grid: where the two differ, resampled bicubically.
 *
 * @param g - the graph
 * @param tokens - [images][1 + registers + rows * columns][dim]
 * @param teacher - whose they are
 * @param grids - of {@link gridsOf}
 */
export function readTeacher(g: GraphBuilder, tokens: Value, teacher: ModelCard, grids: ReturnType<typeof gridsOf>): TrainableVitTokens {
  const { dim, registers } = teacher.architecture
  const [rows, columns] = grids.teacher
  const lengths = g.integers(1, registers, rows * columns)
  const [cls, , patches] = g.applyMany('Split', 3, [tokens, lengths], { axis: 1 }) as [Value, Value, Value]
  return { cls: g.apply('Reshape', [cls, g.integers(-1, dim)]), patches: resample(g, patches, dim, grids) }
}

/** [batch][patches][dim] of the teacher's grid on the student's. */
function resample(g: GraphBuilder, patches: Value, dim: number, { teacher: from, student: to }: ReturnType<typeof gridsOf>): Value {
  if (from[0] === to[0] && from[1] === to[1]) return patches
  const rows = g.apply('MatMul', [
    g.constant(positionMatrix(from[0], to[0], 'antialias')),
    g.apply('Reshape', [patches, g.integers(-1, from[0], from[1] * dim)]),
  ])
  const grid = g.apply('Reshape', [rows, g.integers(-1, to[0], from[1], dim)])
  const resampled = g.apply('MatMul', [g.constant(positionMatrix(from[1], to[1], 'antialias')), grid])
  return g.apply('Reshape', [resampled, g.integers(-1, to[0] * to[1], dim)])
}
