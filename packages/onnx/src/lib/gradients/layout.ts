import type { Value } from '../../graph.ts'
import type { BackwardStep, GradientRule, GradientRules } from '../gradient-rule.ts'
import { fromFront } from '../shape.ts'

const reshape: GradientRule<'Reshape' | 'Squeeze' | 'Unsqueeze'> = ({ g, dy, inputs: [x], shapeOf }) => [
  () => g.apply('Reshape', [dy, shapeOf(x!)]),
]

const transpose: GradientRule<'Transpose'> = ({ g, dy, attributes: { perm } }) => [
  () => g.apply('Transpose', [dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) }),
]

const expand: GradientRule<'Expand'> = ({ dy, inputs: [x], outputs: [y], sumTo }) => [() => sumTo(dy, y!, x!)]

const concat: GradientRule<'Concat'> = ({ g, dy, inputs, attributes: { axis }, shape }) => {
  const lengths = inputs.map((input) => {
    const at = fromFront(axis, shape(input).length)
    const length = shape(input)[at]
    return length === undefined ? g.apply('Shape', [input], { start: at, end: at + 1 }) : g.integers(length)
  })
  const parts = g.applyMany('Split', inputs.length, [dy, g.apply('Concat', lengths, { axis: 0 })], { axis })
  return parts.map((part) => () => part)
}

const split: GradientRule<'Split'> = ({ g, gradients, outputs, attributes: { axis = 0 }, shapeOf, scalar }) => [
  () => {
    const all = gradients.map((gradient, index) => gradient ?? g.apply('Expand', [scalar(0), shapeOf(outputs[index]!)]))
    return g.apply('Concat', all, { axis })
  },
]

/** Zeros before and after, as many as were cut off. */
const slice: GradientRule<'Slice'> = ({ g, dy, inputs, shape, integers, refuse }) => {
  const [x, starts, , axes, steps] = inputs as [Value, Value, Value, Value | undefined, Value | undefined]
  if (steps && integers(steps).some((step) => step !== 1)) throw refuse('only steps of 1 have a rule')
  const rank = shape(x).length
  const begins = integers(starts)
  const chosen = (axes ? integers(axes) : [...begins.keys()]).map((axis) => fromFront(axis!, rank))
  return [
    () => {
      const at = g.integers(...chosen)
      const lengths = g.apply('Gather', [g.apply('Shape', [x]), at], { axis: 0 })
      const cut = g.apply('Sub', [lengths, g.apply('Gather', [g.apply('Shape', [dy]), at], { axis: 0 })])
      const fromEnd = g.integers(...begins.map((begin) => (begin! < 0 ? 1 : 0)))
      const before = g.apply('Add', [g.integers(...begins.map((begin) => begin!)), g.apply('Mul', [fromEnd, lengths])])
      const pads = g.apply('Concat', [before, g.apply('Sub', [cut, before])], { axis: 0 })
      return g.apply('Pad', [dy, pads, undefined, at])
    },
  ]
}

/** Only zeros are padded with, in any number that is known before a run. */
const pad: GradientRule<'Pad'> = ({ g, dy, inputs, attributes, shape, refuse }) => {
  const [x, pads, , axes] = inputs as [Value, Value, Value | undefined, Value | undefined]
  if ((attributes.mode ?? 'constant') !== 'constant') throw refuse('only padding with a constant has a rule')
  return [
    () => {
      const at = axes ?? g.integers(...shape(x).keys())
      const count = axes ? shape(axes)[0]! : shape(x).length
      const before = g.apply('Slice', [pads, g.integers(0), g.integers(count)])
      const lengths = g.apply('Gather', [g.apply('Shape', [x]), at], { axis: 0 })
      return g.apply('Slice', [dy, before, g.apply('Add', [before, lengths]), at])
    },
  ]
}

/** Each gradient is added to the row that it was read from. */
const gather: GradientRule<'Gather'> = (step) => [
  () => {
    const { g, dy, inputs, attributes, shape } = step
    const [x, indices] = inputs as [Value, Value]
    const rank = shape(x).length
    const axis = fromFront(attributes.axis ?? 0, rank)
    const width = shape(indices).length
    const order = Array.from({ length: rank + width - 1 }, (_, index) => index)
    const moved = [...order.slice(axis, axis + width), ...order.slice(0, axis), ...order.slice(axis + width)]
    const rows = axis === 0 ? dy : g.apply('Transpose', [dy], { perm: moved })
    const front = [axis, ...Array.from({ length: rank }, (_, index) => index).filter((index) => index !== axis)]
    const zeros = g.apply('Expand', [step.scalar(0), g.apply('Gather', [step.shapeOf(x), g.integers(...front)], { axis: 0 })])
    const summed = g.apply('ScatterND', [zeros, g.apply('Unsqueeze', [indices, g.integers(-1)]), rows], { reduction: 'add' })
    return axis === 0 ? summed : g.apply('Transpose', [summed], { perm: front.map((_, index) => front.indexOf(index)) })
  },
]

const gatherElements: GradientRule<'GatherElements'> = (step: BackwardStep<'GatherElements'>) => [
  () => {
    const { g, dy, inputs, attributes, shapeOf, scalar } = step
    const zeros = g.apply('Expand', [scalar(0), shapeOf(inputs[0]!)])
    return g.apply('ScatterElements', [zeros, inputs[1]!, dy], { axis: attributes.axis ?? 0, reduction: 'add' })
  },
]

/** Rules of operators that move, repeat or choose elements. */
export const LAYOUT_RULES = {
  Concat: concat,
  Expand: expand,
  Gather: gather,
  GatherElements: gatherElements,
  Pad: pad,
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: reshape,
  Transpose: transpose,
  Unsqueeze: reshape,
} satisfies Partial<GradientRules>
