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

/** The layer's statistics are computed again: two passes over x are cheaper than keeping them for the whole run. */
const layerNormalization: GradientRule<'LayerNormalization'> = (step) => {
  const { g, dy, inputs, outputs, attributes, shape, sumTo, scalar } = step
  const [x, scale, shift] = inputs as [Value, Value, Value | undefined]
  const rank = shape(x).length
  const first = fromFront(attributes.axis ?? -1, rank)
  const axes = g.integers(...Array.from({ length: rank - first }, (_, index) => first + index))
  const mean = (value: Value): Value => g.apply('ReduceMean', [value, axes], { keepdims: 1 })
  const centered = g.apply('Sub', [x, mean(x)])
  const variance = mean(g.apply('Mul', [centered, centered]))
  const spread = g.apply('Sqrt', [g.apply('Add', [variance, scalar(attributes.epsilon ?? 1e-5)])])
  const normed = g.apply('Div', [centered, spread])
  return [
    () => {
      const scaled = g.apply('Mul', [dy, scale])
      const along = g.apply('Mul', [normed, mean(g.apply('Mul', [scaled, normed]))])
      return g.apply('Div', [g.apply('Sub', [g.apply('Sub', [scaled, mean(scaled)]), along]), spread])
    },
    () => sumTo(g.apply('Mul', [dy, normed]), outputs[0]!, scale),
    () => sumTo(dy, outputs[0]!, shift!),
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
