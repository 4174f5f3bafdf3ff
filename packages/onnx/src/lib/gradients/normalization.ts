import type { Value } from '../../graph.ts'
import type { GradientRule, GradientRules } from '../gradient-rule.ts'
import { fromFront, type Shape } from '../shape.ts'

/**
 * Where the result is the first factor of a product alone, as in attention, its rows times their gradients sum up to the product's rows times
 * theirs, which are shorter (Dao, FlashAttention-2, arXiv 2307.08691, section 3.1).
 */
const softmax: GradientRule<'Softmax'> = ({ g, dy, outputs: [y], product, attributes: { axis = -1 }, shape }) => [
  () => {
    const rank = shape(y!).length
    if (product && fromFront(axis, rank) === rank - 1 && areRowsOf(shape(product.y), shape(y!))) {
      const mean = g.apply('ReduceSum', [g.apply('Mul', [product.dy, product.y]), g.integers(-1)], { keepdims: 1 })
      return g.apply('Mul', [g.apply('Sub', [dy, mean]), y!])
    }
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

/** Whether a product has the rows of its first factor, which was not stretched to make it. */
function areRowsOf(product: Shape, factor: Shape): boolean {
  return product.length === factor.length && factor.slice(0, -1).every((length, axis) => length !== 1 || product[axis] === 1)
}

/** Rules of operators that divide by a sum or a spread. */
export const NORMALIZATION_RULES = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  LogSoftmax: logSoftmax,
  Softmax: softmax,
} satisfies Partial<GradientRules>
