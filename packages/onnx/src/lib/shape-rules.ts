import type { ConvAttributes, Operator, OperatorAttributes, ReduceAttributes } from '../operators.ts'
import { broadcast, fromFront, product, UNKNOWN, type Dimension, type Inferred, type Shape } from './shape.ts'

/** Rule for an operator's output shapes; where it says of one only, the others are unknown. */
export type ShapeRule<O extends Operator> = (
  inputs: readonly Inferred[],
  attributes: OperatorAttributes[O],
  outputs: number,
) => Inferred | readonly Inferred[]

const same: ShapeRule<Operator> = ([x]) => ({ shape: x?.shape })

const elementwise: ShapeRule<Operator> = (inputs) => {
  const shapes = inputs.map(({ shape }) => shape)
  if (!shapes.every((shape) => shape !== undefined)) return UNKNOWN
  return { shape: shapes.reduce(broadcast) }
}

/** Elementwise, and done on lengths too: shapes are computed with it. */
const arithmetic =
  (operation: (a: number, b: number) => number): ShapeRule<Operator> =>
  (inputs, attributes, outputs) => {
    const { shape } = elementwise(inputs, attributes, outputs) as Inferred
    const [a, b] = inputs.map(({ integers }) => integers)
    if (!shape || !a || !b) return { shape }
    const at = (list: readonly Dimension[], index: number): Dimension => list[list.length === 1 ? 0 : index]
    const integers = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => {
      const [left, right] = [at(a, index), at(b, index)]
      return left === undefined || right === undefined ? undefined : operation(left, right)
    })
    return { shape, integers }
  }

const reduce = ([x, axes]: readonly Inferred[], { keepdims = 1 }: ReduceAttributes): Inferred => {
  if (!x?.shape) return UNKNOWN
  const rank = x.shape.length
  if (axes?.shape && !axes.integers?.every((axis) => axis !== undefined)) return UNKNOWN
  const reduced = new Set(axes?.integers?.map((axis) => fromFront(axis!, rank)) ?? x.shape.keys())
  return { shape: x.shape.flatMap((length, axis) => (reduced.has(axis) ? (keepdims ? [1] : []) : [length])) }
}

const argMax: ShapeRule<'ArgMax'> = ([x], { axis = 0, keepdims = 1 }) => {
  if (!x?.shape) return UNKNOWN
  const at = fromFront(axis, x.shape.length)
  return { shape: x.shape.flatMap((length, index) => (index === at ? (keepdims ? [1] : []) : [length])) }
}

/** Its second input is a constant of one element: how many are chosen. */
const topK: ShapeRule<'TopK'> = ([x, count], { axis = -1 }) => {
  if (!x?.shape) return [UNKNOWN, UNKNOWN]
  const chosen = { shape: x.shape.with(fromFront(axis, x.shape.length), count?.integers?.[0]) }
  return [chosen, chosen]
}

const gather: ShapeRule<'Gather'> = ([x, indices], { axis = 0 }) => {
  if (!x?.shape || !indices?.shape) return UNKNOWN
  const at = fromFront(axis, x.shape.length)
  const integers = x.integers && indices.integers?.map((index) => (index === undefined ? undefined : x.integers!.at(index)))
  return { shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)], ...(integers && { integers }) }
}

const matMul: ShapeRule<'MatMul'> = ([a, b]) => {
  if (!a?.shape || !b?.shape || a.shape.length < 2 || b.shape.length < 2) return UNKNOWN
  return { shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), a.shape.at(-2), b.shape.at(-1)] }
}

const reshape: ShapeRule<'Reshape'> = ([x, target]) => {
  if (!target?.integers) return { shape: target?.shape?.[0] === undefined ? undefined : Array<Dimension>(target.shape[0]).fill(undefined) }
  const copied: Dimension[] = target.integers.map((length, axis) => (length === 0 ? x?.shape?.[axis] : length))
  const size = x?.shape && product(x.shape)
  const others = product(copied.filter((length) => length !== -1))
  const rest = size === undefined || others === undefined ? undefined : size / others
  return { shape: copied.map((length) => (length === -1 ? rest : length)) }
}

const split: ShapeRule<'Split'> = ([x, sizes], { axis = 0 }, outputs) => {
  if (!x?.shape) return UNKNOWN
  const at = fromFront(axis, x.shape.length)
  const whole = x.shape[at]
  const equal = whole === undefined ? undefined : Math.ceil(whole / outputs)
  return Array.from({ length: outputs }, (_, index) => {
    const last = index === outputs - 1 && whole !== undefined && equal !== undefined
    const even = last ? whole - equal * (outputs - 1) : equal
    return { shape: x.shape!.with(at, sizes?.shape ? sizes.integers?.[index] : even) }
  })
}

const slice: ShapeRule<'Slice'> = ([x, starts, ends, axes, steps]) => {
  if (!x?.shape || !starts?.integers || !ends?.integers) return UNKNOWN
  const shape = [...x.shape]
  const chosen = axes?.integers ?? [...starts.integers.keys()]
  let integers = x.integers
  for (const [index, given] of chosen.entries()) {
    if (given === undefined) return UNKNOWN
    const axis = fromFront(given, shape.length)
    const [start, end, step] = [starts.integers[index], ends.integers[index], steps?.integers?.[index] ?? 1]
    const length = shape[axis]
    const clamp = (bound: number): number => Math.min(Math.max(fromFront(bound, length!), 0), length!)
    const known = length !== undefined && start !== undefined && end !== undefined && step > 0
    shape[axis] = known ? Math.max(Math.ceil((clamp(end) - clamp(start)) / step), 0) : undefined
    integers = known && step === 1 ? integers?.slice(clamp(start), clamp(end)) : undefined
  }
  return { shape, ...(integers && { integers }) }
}

const unsqueeze: ShapeRule<'Unsqueeze'> = ([x, axes]) => {
  if (!x?.shape || !axes?.integers) return UNKNOWN
  const rank = x.shape.length + axes.integers.length
  const added = new Set(axes.integers.map((axis) => fromFront(axis!, rank)))
  const rest = [...x.shape]
  const shape = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()))
  return { shape, ...(x.integers && { integers: x.integers }) }
}

const squeeze: ShapeRule<'Squeeze'> = ([x, axes]) => {
  if (!x?.shape) return UNKNOWN
  const rank = x.shape.length
  const removed = new Set(
    axes?.integers?.map((axis) => fromFront(axis!, rank)) ?? [...x.shape.keys()].filter((axis) => x.shape![axis] === 1),
  )
  return { shape: x.shape.filter((_, axis) => !removed.has(axis)), ...(x.integers && { integers: x.integers }) }
}

const expand: ShapeRule<'Expand'> = ([x, target]) =>
  x?.shape && target?.integers ? { shape: broadcast(x.shape, target.integers) } : reshape([UNKNOWN, { shape: target?.shape }], {}, 1)

const concat: ShapeRule<'Concat'> = (inputs, { axis }) => {
  const first = inputs[0]?.shape
  if (!first) return UNKNOWN
  const at = fromFront(axis, first.length)
  const length = inputs.reduce<Dimension>((sum, { shape }) => {
    const own = shape?.[at]
    return sum === undefined || own === undefined ? undefined : sum + own
  }, 0)
  const shape = first.map((own, index) => (index === at ? length : (own ?? inputs.find((input) => input.shape?.[index])?.shape?.[index])))
  if (!inputs.some(({ integers }) => integers)) return { shape }
  return { shape, integers: inputs.flatMap(({ shape, integers }) => integers ?? Array<Dimension>(shape?.[0] ?? 0).fill(undefined)) }
}

const shapeOf: ShapeRule<'Shape'> = ([x], { start = 0, end }) => {
  if (!x?.shape) return UNKNOWN
  const integers = x.shape.slice(start, end)
  return { shape: [integers.length], integers }
}

/** The output, and where they are asked for, mean and reciprocal of the spread. */
const layerNormalization: ShapeRule<'LayerNormalization'> = ([x], { axis = -1 }) => {
  if (!x?.shape) return UNKNOWN
  const first = fromFront(axis, x.shape.length)
  const statistics = { shape: x.shape.map((length, index) => (index < first ? length : 1)) }
  return [{ shape: x.shape }, statistics, statistics]
}

const spatial = (x: Shape, channels: Dimension, lengths: readonly Dimension[]): Inferred => ({ shape: [x[0], channels, ...lengths] })

const conv: ShapeRule<'Conv'> = ([x, weight], attributes) => {
  if (!x?.shape || !weight?.shape) return UNKNOWN
  return spatial(
    x.shape,
    weight.shape[0],
    [0, 1].map((axis) => {
      const [length, kernel] = [x.shape![axis + 2], weight.shape![axis + 2]]
      if (length === undefined || kernel === undefined) return undefined
      const { stride, padding, dilation } = convolutionAxis(attributes, axis)
      return Math.floor((length + padding - dilation * (kernel - 1) - 1) / stride) + 1
    }),
  )
}

const convTranspose: ShapeRule<'ConvTranspose'> = ([x, weight], attributes) => {
  if (!x?.shape || !weight?.shape) return UNKNOWN
  const perGroup = weight.shape[1]
  return spatial(
    x.shape,
    perGroup === undefined ? undefined : perGroup * (attributes.group ?? 1),
    [0, 1].map((axis) => {
      const [length, kernel] = [x.shape![axis + 2], weight.shape![axis + 2]]
      if (length === undefined || kernel === undefined) return undefined
      const { stride, padding, dilation } = convolutionAxis(attributes, axis)
      return stride * (length - 1) + (attributes.output_padding?.[axis] ?? 0) + dilation * (kernel - 1) + 1 - padding
    }),
  )
}

/** Stride, padding of both ends, and dilation along one of the two axes. */
function convolutionAxis(
  { strides, pads, dilations }: ConvAttributes,
  axis: number,
): { readonly stride: number; readonly padding: number; readonly dilation: number } {
  return { stride: strides?.[axis] ?? 1, padding: (pads?.[axis] ?? 0) + (pads?.[axis + 2] ?? 0), dilation: dilations?.[axis] ?? 1 }
}

const resize: ShapeRule<'Resize'> = ([x, , , sizes]) =>
  sizes?.integers ? { shape: sizes.integers } : { shape: x?.shape && Array<Dimension>(x.shape.length).fill(undefined) }

const pad: ShapeRule<'Pad'> = ([x, pads, , axes]) => {
  if (!x?.shape) return UNKNOWN
  const chosen = axes?.integers ?? [...x.shape.keys()]
  const shape = [...x.shape]
  chosen.forEach((axis, index) => {
    const at = fromFront(axis ?? 0, shape.length)
    const [own, before, after] = [shape[at], pads?.integers?.[index], pads?.integers?.[index + chosen.length]]
    shape[at] = own === undefined || before === undefined || after === undefined ? undefined : own + before + after
  })
  return { shape }
}

/** Every operator's rule. */
export const SHAPE_RULES: { readonly [O in Operator]: ShapeRule<O> } = {
  Abs: same,
  Add: arithmetic((a, b) => a + b),
  And: elementwise,
  ArgMax: argMax,
  BatchNormalization: same,
  Cast: ([x]) => x ?? UNKNOWN,
  CastLike: ([x]) => x ?? UNKNOWN,
  Clip: same,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Div: arithmetic((a, b) => Math.trunc(a / b)),
  DynamicQuantizeMatMul: ([a, b]) => (a?.shape ? { shape: [...a.shape.slice(0, -1), b?.shape?.[1]] } : UNKNOWN),
  Equal: elementwise,
  Erf: same,
  Exp: same,
  EyeLike: same,
  Expand: expand,
  Gather: gather,
  GatherElements: ([, indices]) => ({ shape: indices?.shape }),
  Gelu: same,
  Gemm: ([a, b], { transA, transB }) => ({ shape: [a?.shape?.[transA ? 1 : 0], b?.shape?.[transB ? 0 : 1]] }),
  Greater: elementwise,
  Identity: ([x]) => x ?? UNKNOWN,
  LayerNormalization: layerNormalization,
  Less: elementwise,
  Log: same,
  LogSoftmax: same,
  MatMul: matMul,
  MatMulNBits: ([a], { N }) => (a?.shape ? { shape: [...a.shape.slice(0, -1), N] } : UNKNOWN),
  Max: elementwise,
  Min: elementwise,
  Mul: arithmetic((a, b) => a * b),
  MultiHeadAttention: same,
  Neg: same,
  Not: same,
  Pad: pad,
  Pow: elementwise,
  Reciprocal: same,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceSum: reduce,
  Relu: same,
  Reshape: reshape,
  Resize: resize,
  ScatterElements: same,
  ScatterND: same,
  Shape: shapeOf,
  Sigmoid: same,
  Sign: same,
  Size: ([x]) => ({ shape: [], ...(x?.shape && { integers: [product(x.shape)] }) }),
  Slice: slice,
  Softmax: same,
  Softplus: same,
  Split: split,
  Sqrt: same,
  Squeeze: squeeze,
  Sub: arithmetic((a, b) => a - b),
  Tanh: same,
  TopK: topK,
  Transpose: ([x], { perm }) => ({ shape: x?.shape && perm.map((axis) => x.shape![axis]) }),
  Unsqueeze: unsqueeze,
  Where: elementwise,
}
