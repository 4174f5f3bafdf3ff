import type { Value } from '../../graph.ts'
import type { GradientRule, GradientRules } from '../gradient-rule.ts'
import { fromFront } from '../shape.ts'

const softmax: GradientRule<'Softmax'> = ({ g, dy, outputs: [y], attributes: { axis = -1 } }) => [
  () => {
    const weighted = g.apply('Mul', [dy, y!])
    const mean = g.apply('ReduceSum', [weighted, g.integers(axis)], { keepdims: 1 })
    return g.apply('Sub', [weighted, g.apply('Mul', [y!, mean])])
  },
]

const logSoftmax: GradientRule<'LogSoftmax'> = ({ g, dy, outputs: [y], attributes: { axis = -1 } }) => [
  () => {
    const sum = g.apply('ReduceSum', [dy, g.integers(axis)], { keepdims: 1 })
    return g.apply('Sub', [dy, g.apply('Mul', [g.apply('Exp', [y!]), sum])])
  },
]

/**
 * Where the node gives its mean and the reciprocal of its spread, they are used; and where its scale is a constant of ones and it has no
 * shift, so is its output. What it does not give is computed again.
 */
const layerNormalization: GradientRule<'LayerNormalization'> = (step) => {
  const { g, dy, inputs, outputs, gradients, attributes, shape, constant, sumTo, scalar, refuse } = step
  if (gradients.slice(1).some(Boolean)) throw refuse('its mean and its spread have no rule')
  const [x, scale, shift] = inputs as [Value, Value, Value | undefined]
  const rank = shape(x).length
  const first = fromFront(attributes.axis ?? -1, rank)
  const axes = g.integers(...Array.from({ length: rank - first }, (_, index) => first + index))
  const mean = (value: Value): Value => g.apply('ReduceMean', [value, axes], { keepdims: 1 })
  const [y, givenMean, givenReciprocal] = outputs as [Value, Value | undefined, Value | undefined]
  const unscaled = constant(scale)?.data.every((factor) => Number(factor) === 1) ?? false
  const plain = unscaled && !shift
  const centered = plain && givenReciprocal ? undefined : g.apply('Sub', [x, givenMean ?? mean(x)])
  const reciprocal =
    givenReciprocal ??
    g.apply('Reciprocal', [
      g.apply('Sqrt', [g.apply('Add', [mean(g.apply('Mul', [centered!, centered!])), scalar(attributes.epsilon ?? 1e-5)])]),
    ])
  const normed = plain ? y : g.apply('Mul', [centered!, reciprocal])
  return [
    () => {
      const scaled = unscaled ? dy : g.apply('Mul', [dy, scale])
      const along = g.apply('Mul', [normed, mean(g.apply('Mul', [scaled, normed]))])
      return g.apply('Mul', [g.apply('Sub', [g.apply('Sub', [scaled, mean(scaled)]), along]), reciprocal])
    },
    () => sumTo(g.apply('Mul', [dy, normed]), y, scale),
    () => sumTo(dy, y, shift!),
  ]
}

/** With given statistics, as in inference; they have no gradient of their own. */
const batchNormalization: GradientRule<'BatchNormalization'> = (step) => {
  const { g, dy, inputs, attributes, shape, scalar } = step
  const [x, scale, , mean, variance] = inputs as [Value, Value, Value, Value, Value]
  const rank = shape(x).length
  const perChannel = g.integers(1, -1, ...Array<number>(rank - 2).fill(1))
  const along = (value: Value): Value => g.apply('Reshape', [value, perChannel])
  const others = g.integers(...Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1))
  const spread = g.apply('Sqrt', [g.apply('Add', [variance, scalar(attributes.epsilon ?? 1e-5)])])
  return [
    () => g.apply('Mul', [dy, along(g.apply('Div', [scale, spread]))]),
    () => {
      const normed = g.apply('Div', [g.apply('Sub', [x, along(mean)]), along(spread)])
      return g.apply('ReduceSum', [g.apply('Mul', [dy, normed]), others], { keepdims: 0 })
    },
    () => g.apply('ReduceSum', [dy, others], { keepdims: 0 }),
  ]
}

/** Rules of operators that divide by a sum or a spread. */
export const NORMALIZATION_RULES = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  LogSoftmax: logSoftmax,
  Softmax: softmax,
} satisfies Partial<GradientRules>
