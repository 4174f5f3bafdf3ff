import type { Operator } from '../../operators.ts'
import type { BackwardStep, GradientRule, GradientRules } from '../gradient-rule.ts'
import type { Value } from '../../graph.ts'

const add: GradientRule<'Add'> = ({ dy, inputs, outputs, sumTo }) => inputs.map((input) => () => sumTo(dy, outputs[0]!, input))

const sub: GradientRule<'Sub'> = ({ g, dy, inputs: [a, b], outputs: [y], sumTo }) => [
  () => sumTo(dy, y!, a!),
  () => g.apply('Neg', [sumTo(dy, y!, b!)]),
]

const mul: GradientRule<'Mul'> = ({ g, dy, inputs: [a, b], outputs: [y], sumTo }) => [
  () => sumTo(g.apply('Mul', [dy, b!]), y!, a!),
  () => sumTo(g.apply('Mul', [dy, a!]), y!, b!),
]

const div: GradientRule<'Div'> = ({ g, dy, inputs: [a, b], outputs: [y], sumTo }) => [
  () => sumTo(g.apply('Div', [dy, b!]), y!, a!),
  () => g.apply('Neg', [sumTo(g.apply('Div', [g.apply('Mul', [dy, y!]), b!]), y!, b!)]),
]

const pow: GradientRule<'Pow'> = ({ g, dy, inputs: [x, exponent], outputs: [y], sumTo, scalar }) => [
  () => {
    const below = g.apply('Pow', [x!, g.apply('Sub', [exponent!, scalar(1)])])
    return sumTo(g.apply('Mul', [dy, g.apply('Mul', [exponent!, below])]), y!, x!)
  },
  () => sumTo(g.apply('Mul', [dy, g.apply('Mul', [y!, g.apply('Log', [x!])])]), y!, exponent!),
]

/** The gradient goes to the input that was chosen; where several are equal, a share to each. */
function extremum(step: BackwardStep<'Max'> | BackwardStep<'Min'>): ReturnType<GradientRule<'Max'>> {
  const { g, dy, inputs, outputs, sumTo } = step
  const y = outputs[0]!
  const chosen = inputs.map((input) => g.apply('CastLike', [g.apply('Equal', [input, y]), y]))
  const share = g.apply('Div', [dy, chosen.reduce((sum, mask) => g.apply('Add', [sum, mask]))])
  return inputs.map((input, index) => () => sumTo(g.apply('Mul', [share, chosen[index]!]), y, input))
}

const clip: GradientRule<'Clip'> = ({ g, dy, inputs: [x, low, high] }) => [
  () => {
    const outside = [low && g.apply('Less', [x!, low]), high && g.apply('Greater', [x!, high])].filter((value) => value !== undefined)
    return outside.reduce<Value>((sum, mask) => g.apply('Mul', [sum, g.apply('CastLike', [g.apply('Not', [mask]), x!])]), dy)
  },
]

const where: GradientRule<'Where'> = ({ g, dy, inputs: [condition, a, b], outputs: [y], sumTo, scalar }) => [
  undefined,
  () => sumTo(g.apply('Where', [condition!, dy, scalar(0)]), y!, a!),
  () => sumTo(g.apply('Where', [condition!, scalar(0), dy]), y!, b!),
]

/** For operators whose output does not change smoothly with any input. */
const constant: GradientRule<Operator> = () => []

const identity: GradientRule<'Identity'> = ({ dy }) => [() => dy]

const castLike: GradientRule<'Cast' | 'CastLike'> = ({ g, dy, inputs: [x] }) => [() => g.apply('CastLike', [dy, x!])]

/** Rules of operators of two inputs that broadcast, of choices between inputs, and of operators that pass nothing on. */
export const ARITHMETIC_RULES = {
  Add: add,
  And: constant,
  ArgMax: constant,
  Cast: castLike,
  CastLike: castLike,
  Clip: clip,
  Div: div,
  Equal: constant,
  EyeLike: constant,
  Greater: constant,
  Identity: identity,
  Less: constant,
  Max: extremum,
  Min: extremum,
  Mul: mul,
  Not: constant,
  Pow: pow,
  Shape: constant,
  Sign: constant,
  Size: constant,
  Sub: sub,
  Where: where,
} satisfies Partial<GradientRules>
