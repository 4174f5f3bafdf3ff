import { DinokitError, tensor } from '@dinokit/core'
import type { GraphBuilder } from './graph-builder.ts'
import type { Graph, GraphNode, Value } from './graph.ts'
import { backwardStep } from './lib/backward-step.ts'
import type { GradientRule } from './lib/gradient-rule.ts'
import { GRADIENT_RULES } from './lib/gradient-rules.ts'
import { inferShapes } from './lib/infer-shapes.ts'

/**
 * Differentiates a graph by itself: appends the nodes that compute the gradients of a loss (reverse mode; Griewank and
 * Walther, Evaluating Derivatives, chapter 3). The result is a graph of the same operators, which the same session runs;
 * it can be differentiated again.
 *
 * A dynamic dimension is taken never to be stretched by broadcasting. Values that `stopped` names are taken to be
 * constant, as PyTorch's `detach` does.
 *
 * @param g - what the loss was written with
 * @param loss - a value of one element
 * @param withRespectTo - inputs, weights or any values that the loss was computed from
 * @param options - values that no gradient passes
 * @returns the gradient of each, in its shape; zeros where the loss does not depend on it
 * @throws DinokitError `gradient-unavailable` with the operator's name where one on the way has no rule
 */
export function gradients(g: GraphBuilder, loss: Value, withRespectTo: readonly Value[], options: GradientOptions = {}): Value[] {
  const graph = g.build()
  const nodes = [...graph.nodes]
  const inferred = inferShapes(graph)
  const makers = new Map(nodes.flatMap((node) => node.outputs.map(({ name }) => [name, node] as const)))
  const known = { inferred, constants: new Map(graph.constants), makers }
  const active = dependents(graph, withRespectTo, new Set(options.stopped?.map(({ name }) => name)))
  const found = new Map<string, Value>()
  const shape = inferred.get(loss.name)?.shape ?? []
  found.set(
    loss.name,
    g.constant(
      tensor(
        'float32',
        Float32Array.of(1),
        shape.map(() => 1),
      ),
    ),
  )
  for (const node of nodes.reverse()) {
    if (!node.outputs.some(({ name }) => active.has(name) && found.has(name))) continue
    if (!node.inputs.some((input) => input && active.has(input.name))) continue
    const step = backwardStep(
      g,
      node,
      node.outputs.map(({ name }) => found.get(name)),
      known,
    )
    ruleOf(node)(step as never).forEach((write, index) => {
      const name = node.inputs[index]?.name
      if (!write || name === undefined || !active.has(name)) return
      const before = found.get(name)
      const share = write()
      found.set(name, before ? g.apply('Add', [before, share]) : share)
    })
  }
  return withRespectTo.map((value) => found.get(value.name) ?? zerosLike(g, value))
}

/** Options of {@link gradients}. */
export interface GradientOptions {
  /** Values that are taken to be constant although they depend on what is differentiated by. */
  readonly stopped?: readonly Value[]
}

/** Names of the values that depend on some of those given, and these themselves. */
function dependents(graph: Graph, values: readonly Value[], stopped: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set(values.map(({ name }) => name))
  for (const { inputs, outputs } of graph.nodes) {
    if (!inputs.some((input) => input && names.has(input.name))) continue
    for (const { name } of outputs) if (!stopped.has(name)) names.add(name)
  }
  return names
}

function ruleOf({ operator, outputs }: GraphNode): GradientRule<never> {
  const rule = GRADIENT_RULES[operator]
  if (typeof rule === 'function') return rule
  throw new DinokitError('gradient-unavailable', `${operator} (${outputs[0]!.name}) can’t be differentiated.`, {
    given: operator,
    expected: rule.instead,
  })
}

function zerosLike(g: GraphBuilder, value: Value): Value {
  return g.apply('Expand', [g.constant(tensor('float32', Float32Array.of(0), [])), g.apply('Shape', [value])])
}
