import type { Value } from '../../graph.ts'
import type { BackwardStep, GradientRule, GradientRules } from '../gradient-rule.ts'

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax'

const reduceSum: GradientRule<'ReduceSum'> = (step) => [() => spreadOut(step, step.dy)]

const reduceMean: GradientRule<'ReduceMean'> = (step) => [
  () => {
    const { g, inputs, outputs, dy } = step
    const count = g.apply('Div', [g.apply('Size', [inputs[0]!]), g.apply('Size', [outputs[0]!])])
    return spreadOut(step, g.apply('Div', [dy, g.apply('CastLike', [count, dy])]))
  },
]

/** Where several elements are the largest, each has a share. */
const reduceMax: GradientRule<'ReduceMax'> = (step) => [
  () => {
    const { g, inputs, outputs, dy } = step
    const [x, axes] = inputs
    const chosen = g.apply('CastLike', [g.apply('Equal', [x!, kept(step, outputs[0]!)]), dy])
    const count = g.apply('ReduceSum', [chosen, axes], { keepdims: 1 })
    return g.apply('Mul', [chosen, g.apply('Div', [kept(step, dy), count])])
  },
]

/** A reduced value with the reduced dimensions back, of length one. */
function kept({ g, inputs, attributes, shape }: BackwardStep<Reduction>, reduced: Value): Value {
  const [x, axes] = inputs
  if (attributes.keepdims !== 0) return reduced
  return axes ? g.apply('Unsqueeze', [reduced, axes]) : g.apply('Reshape', [reduced, g.integers(...shape(x!).map(() => 1))])
}

function spreadOut(step: BackwardStep<Reduction>, reduced: Value): Value {
  return step.g.apply('Expand', [kept(step, reduced), step.shapeOf(step.inputs[0]!)])
}

/** Rules of reductions. */
export const REDUCTION_RULES = { ReduceMax: reduceMax, ReduceMean: reduceMean, ReduceSum: reduceSum } satisfies Partial<GradientRules>
