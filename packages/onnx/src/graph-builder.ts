import { DinokitError, tensor, type AnyTensor, type DType } from '@dinokit/core'
import type { Graph, GraphNode, GraphPort, Value, Weight } from './graph.ts'
import type { NoAttributes, Operator, OperatorAttributes } from './operators.ts'

/** Writes a {@link Graph} node by node. Every method that makes a value returns it, to be the next node's input. */
export interface GraphBuilder {
  /** Declares an input of the graph. */
  input(name: string, dtype: DType, shape: readonly (number | string)[]): Value
  /** Declares a value to be an output of the graph, under a name of its own. */
  output(name: string, value: Value, dtype: DType, shape: readonly (number | string)[]): void
  /** Adds a small tensor. */
  constant(value: AnyTensor): Value
  /** Adds a one-dimensional int64 tensor: a shape, axes, indices. */
  integers(...values: number[]): Value
  /** Adds a weight under its own name, kept beside the graph and read when the weights are written. */
  weight(name: string, weight: Weight): Value
  /** Applies an operator that has one output. */
  apply<O extends Operator>(operator: O, inputs: readonly (Value | undefined)[], ...attributes: AttributeArguments<O>): Value
  /** Applies an operator that has several outputs. */
  applyMany<O extends Operator>(
    operator: O,
    outputs: number,
    inputs: readonly (Value | undefined)[],
    ...attributes: AttributeArguments<O>
  ): Value[]
  /** The graph so far. */
  build(): Graph
}

/** Attributes may be left out where none is required. */
export type AttributeArguments<O extends Operator> = NoAttributes extends OperatorAttributes[O]
  ? [attributes?: OperatorAttributes[O]]
  : [attributes: OperatorAttributes[O]]

/**
 * Starts a graph.
 *
 * @param name - of the graph, for people who inspect it
 * @throws DinokitError `internal` from its methods where one name is given twice
 */
export function createGraphBuilder(name: string): GraphBuilder {
  const inputs: GraphPort[] = []
  const outputs: GraphPort[] = []
  const nodes: GraphNode[] = []
  const constants = new Map<string, AnyTensor>()
  const weights = new Map<string, Weight>()
  const taken = new Set<string>()
  const counts = new Map<string, number>()

  const claim = (wanted: string): Value => {
    if (taken.has(wanted)) throw new DinokitError('internal', `Graph ${name} has two values named ${wanted}.`)
    taken.add(wanted)
    return { name: wanted }
  }
  const fresh = (stem: string): Value => {
    const count = counts.get(stem) ?? 0
    counts.set(stem, count + 1)
    return claim(`${stem}_${count}`)
  }

  const applyMany = <O extends Operator>(
    operator: O,
    count: number,
    operands: readonly (Value | undefined)[],
    ...[attributes]: AttributeArguments<O>
  ): Value[] => {
    const results = Array.from({ length: count }, () => fresh(operator))
    nodes.push({ operator, inputs: operands, outputs: results, attributes: attributes ?? {} })
    return results
  }

  const builder: GraphBuilder = {
    input(port, dtype, shape) {
      const value = claim(port)
      inputs.push({ value, dtype, shape })
      return value
    },
    output(port, value, dtype, shape) {
      const named = claim(port)
      nodes.push({ operator: 'Identity', inputs: [value], outputs: [named], attributes: {} })
      outputs.push({ value: named, dtype, shape })
    },
    constant(value) {
      const named = fresh('constant')
      constants.set(named.name, value)
      return named
    },
    integers: (...values) => builder.constant(tensor('int64', BigInt64Array.from(values, BigInt), [values.length])),
    weight(wanted, weight) {
      const named = claim(wanted)
      weights.set(named.name, weight)
      return named
    },
    apply: (operator, operands, ...attributes) => applyMany(operator, 1, operands, ...attributes)[0]!,
    applyMany,
    build: () => ({ name, inputs, outputs, nodes, constants, weights }),
  }
  return builder
}
