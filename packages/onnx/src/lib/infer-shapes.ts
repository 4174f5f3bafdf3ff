import type { AnyTensor } from '@dinokit/core'
import type { Graph, GraphNode } from '../graph.ts'
import { SHAPE_RULES, type ShapeRule } from './shape-rules.ts'
import { UNKNOWN, type Inferred } from './shape.ts'

/**
 * Infers the shapes of a graph's values before any run, by name: a small part of ONNX's shape inference, enough to
 * differentiate.
 */
export function inferShapes(graph: Graph): ReadonlyMap<string, Inferred> {
  const inferred = new Map<string, Inferred>()
  for (const { value, shape } of graph.inputs) {
    inferred.set(value.name, { shape: shape.map((length) => (typeof length === 'number' ? length : undefined)) })
  }
  for (const [name, { shape }] of graph.weights) inferred.set(name, { shape })
  for (const [name, value] of graph.constants) inferred.set(name, ofConstant(value))
  for (const node of graph.nodes) inferOutputs(node, inferred)
  return inferred
}

function ofConstant({ dtype, shape, data }: AnyTensor): Inferred {
  if (dtype !== 'int64' || shape.length > 1) return { shape }
  return { shape, integers: Array.from(data, Number) }
}

function inferOutputs({ operator, inputs, outputs, attributes }: GraphNode, inferred: Map<string, Inferred>): void {
  const known = inputs.map((value) => (value && inferred.get(value.name)) ?? UNKNOWN)
  const rule = SHAPE_RULES[operator] as ShapeRule<typeof operator>
  const result = rule(known, attributes, outputs.length)
  const results = 'shape' in result ? [result] : result
  outputs.forEach(({ name }, index) => inferred.set(name, results[index] ?? UNKNOWN))
}
