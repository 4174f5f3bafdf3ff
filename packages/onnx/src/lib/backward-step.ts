import { DinokitError, tensor, type AnyTensor } from '@dinokit/core'
import type { GraphBuilder } from '../graph-builder.ts'
import type { GraphNode, Value } from '../graph.ts'
import type { Operator } from '../operators.ts'
import type { BackwardStep } from './gradient-rule.ts'
import type { Inferred, Shape } from './shape.ts'

/** Facts of a graph that is differentiated, by the names of values. */
export interface KnownGraph {
  readonly inferred: ReadonlyMap<string, Inferred>
  readonly constants: ReadonlyMap<string, AnyTensor>
  /** The node that computes a value. */
  readonly makers: ReadonlyMap<string, GraphNode>
}

/** Context of the rule of a node. */
export function backwardStep<O extends Operator>(
  g: GraphBuilder,
  node: GraphNode<O>,
  gradients: readonly (Value | undefined)[],
  { inferred, constants, makers }: KnownGraph,
): BackwardStep<O> {
  const refuse = (reason: string): DinokitError =>
    new DinokitError('gradient-unavailable', `${node.operator} (${node.outputs[0]!.name}) can’t be differentiated: ${reason}.`, {
      given: `${node.operator} ${JSON.stringify(node.attributes)}`,
    })
  const shape = (value: Value): Shape => {
    const known = inferred.get(value.name)?.shape
    if (!known) throw refuse(`the number of dimensions of ${value.name} is not known before a run`)
    return known
  }
  const step: BackwardStep<O> = {
    g,
    inputs: node.inputs as readonly Value[],
    outputs: node.outputs,
    attributes: node.attributes,
    dy: gradients[0]!,
    gradients,
    shape,
    integers(value) {
      const known = inferred.get(value.name)?.integers
      if (!known) throw refuse(`the elements of ${value.name} are not known before a run`)
      return known
    },
    constant: (value) => constants.get(value.name),
    scalar: (value) => g.constant(tensor('float32', Float32Array.of(value), [])),
    shapeOf(value) {
      const lengths = inferred.get(value.name)?.shape
      return lengths?.every((length) => length !== undefined) ? g.integers(...lengths) : g.apply('Shape', [value])
    },
    sumTo(gradient, of, to, kept = 0) {
      const [from, target] = [shape(of), shape(to)]
      const added = from.length - target.length
      const leading = Array.from({ length: added }, (_, axis) => axis)
      const broadcastable = target.slice(0, target.length - kept)
      const stretched = broadcastable.flatMap((length, axis) => (length === 1 && from[axis + added] !== 1 ? [axis + added] : []))
      const summed = stretched.length > 0 ? g.apply('ReduceSum', [gradient, g.integers(...stretched)], { keepdims: 1 }) : gradient
      return added > 0 ? g.apply('ReduceSum', [summed, g.integers(...leading)], { keepdims: 0 }) : summed
    },
    transposed(value, rank = shape(value).length) {
      const axes = Array.from({ length: rank }, (_, axis) => axis)
      const perm = [...axes.slice(0, -2), rank - 1, rank - 2]
      const maker = makers.get(value.name)
      // Of what was exchanged before there is the original.
      if (maker?.operator === 'Transpose' && String((maker as GraphNode<'Transpose'>).attributes.perm) === String(perm))
        return maker.inputs[0]!
      return g.apply('Transpose', [value], { perm })
    },
    refuse,
  }
  return step
}
