import type { GraphBuilder } from '../../graph-builder.ts'
import type { Value } from '../../graph.ts'
import type { Operator } from '../../operators.ts'
import type { GradientRule, GradientRules } from '../gradient-rule.ts'

type Derivative = (g: GraphBuilder, x: Value, y: Value, scalar: (value: number) => Value) => Value

const rule =
  (derivative: Derivative): GradientRule<Operator> =>
  ({ g, dy, inputs: [x], outputs: [y], scalar }) => [() => g.apply('Mul', [dy, derivative(g, x!, y!, scalar)])]

const square = (g: GraphBuilder, x: Value): Value => g.apply('Mul', [x, x])

const abs = rule((g, x) => g.apply('Sign', [x]))

const exp = rule((_, __, y) => y)

const log: GradientRule<'Log'> = ({ g, dy, inputs: [x] }) => [() => g.apply('Div', [dy, x!])]

const sqrt: GradientRule<'Sqrt'> = ({ g, dy, outputs: [y], scalar }) => [() => g.apply('Div', [dy, g.apply('Mul', [y!, scalar(2)])])]

const reciprocal = rule((g, _, y) => g.apply('Neg', [square(g, y)]))

const neg: GradientRule<'Neg'> = ({ g, dy }) => [() => g.apply('Neg', [dy])]

const relu = rule((g, x, y, scalar) => g.apply('CastLike', [g.apply('Greater', [x, scalar(0)]), y]))

const sigmoid = rule((g, _, y, scalar) => g.apply('Mul', [y, g.apply('Sub', [scalar(1), y])]))

const softplus = rule((g, x) => g.apply('Sigmoid', [x]))

const tanh = rule((g, _, y, scalar) => g.apply('Sub', [scalar(1), square(g, y)]))

/** 2 / sqrt(pi) e^(-x^2), the factor in the exponent: one pass less over x. */
const erf = rule((g, x, _, scalar) => g.apply('Exp', [g.apply('Sub', [scalar(Math.log(2 / Math.sqrt(Math.PI))), square(g, x)])]))

/** Phi(x) + x phi(x), of the normal distribution (arXiv 1606.08415, the exact form). */
const gelu: GradientRule<'Gelu'> = ({ g, dy, inputs: [x], attributes, scalar, refuse }) => {
  if (attributes.approximate === 'tanh') throw refuse('only the exact form has a rule')
  return [
    () => {
      const half = scalar(0.5)
      const cumulative = g.apply('Add', [g.apply('Mul', [g.apply('Erf', [g.apply('Mul', [x!, scalar(Math.SQRT1_2)])]), half]), half])
      const exponent = g.apply('Mul', [square(g, x!), scalar(-0.5)])
      const density = g.apply('Mul', [g.apply('Exp', [exponent]), scalar(1 / Math.sqrt(2 * Math.PI))])
      return g.apply('Mul', [dy, g.apply('Add', [cumulative, g.apply('Mul', [x!, density])])])
    },
  ]
}

/** Rules of functions of one input: the gradient times the function’s derivative. */
export const ELEMENTWISE_RULES = {
  Abs: abs,
  Erf: erf,
  Exp: exp,
  Gelu: gelu,
  Log: log,
  Neg: neg,
  Reciprocal: reciprocal,
  Relu: relu,
  Sigmoid: sigmoid,
  Softplus: softplus,
  Sqrt: sqrt,
  Tanh: tanh,
} satisfies Partial<GradientRules>
