import { integersOf, type ModelGraph, type ModelNode } from './read-model.ts'

/** Nodes of a graph that are computed at once, as one node. */
export interface WrittenForm {
  readonly node: ModelNode
  /** Nodes that it stands for; the last gives its result. */
  readonly nodes: readonly ModelNode[]
  /** For attention: value of the maps, [batch][heads][tokens][tokens]. */
  readonly maps?: string
}

/**
 * Finds the gated activations of a graph, silu(a) b of the two halves a, b of rows (SwiGLU), as nodes `SwiGlu` of one input.
 *
 * @param graph - as it was read
 */
export function writtenGates({ nodes }: ModelGraph): WrittenForm[] {
  const makerOf = makersOf(nodes)
  return nodes.flatMap((product): WrittenForm[] => {
    const silu = product.operator === 'Mul' ? makerOf(product.inputs[0], 'Mul') : undefined
    const sigmoid = makerOf(silu?.inputs[1], 'Sigmoid')
    const split = makerOf(product.inputs[1], 'Split')
    if (!silu || !sigmoid || !split || !isHalved(split, -1)) return []
    const [a, b] = split.outputs
    if (silu.inputs[0] !== a || sigmoid.inputs[0] !== a || product.inputs[1] !== b) return []
    return [
      {
        node: { operator: 'SwiGlu', inputs: [split.inputs[0]!], outputs: product.outputs, attributes: {} },
        nodes: [split, sigmoid, silu, product],
      },
    ]
  })
}

/**
 * Finds the rotations of a graph, x cos + (the halves of each head changed about) sin, as nodes `Rotate` of the values [batch][T][dim] and
 * of the table [2][T][1][dim / heads] of cosines and sines.
 *
 * @param graph - as it was read
 */
export function writtenRotations({ nodes, tensors }: ModelGraph): WrittenForm[] {
  const makerOf = makersOf(nodes)
  return nodes.flatMap((result): WrittenForm[] => {
    const sum = result.operator === 'Reshape' ? makerOf(result.inputs[0], 'Add') : undefined
    const [straight, crossed] = [makerOf(sum?.inputs[0], 'Mul'), makerOf(sum?.inputs[1], 'Mul')]
    const changed = makerOf(crossed?.inputs[0], 'Concat')
    const [heads, halves] = [makerOf(straight?.inputs[0], 'Reshape'), makerOf(changed?.inputs[0], 'Split')]
    const [table, shape] = [makerOf(straight?.inputs[1], 'Split'), makerOf(heads?.inputs[1], 'Concat')]
    const sizes = tensors.get(shape?.inputs[1] ?? '')
    if (!sum || !straight || !crossed || !changed || !heads || !halves || !table || !sizes) return []
    if (!isHalved(halves, -1) || halves.inputs[0] !== straight.inputs[0] || !isHalved(table, 0)) return []
    if (changed.attributes.axis !== -1 || String(changed.inputs) !== String(halves.outputs.toReversed())) return []
    const [, , dim] = integersOf(sizes) as [number, number, number]
    if (straight.inputs[1] !== table.outputs[0] || crossed.inputs[1] !== table.outputs[1]) return []
    return [
      {
        node: {
          operator: 'Rotate',
          inputs: [heads.inputs[0]!, table.inputs[0]!],
          outputs: result.outputs,
          attributes: { dim },
        },
        nodes: [table, heads, halves, changed, straight, crossed, sum, result],
      },
    ]
  })
}

const isHalved = ({ attributes, outputs }: ModelNode, axis: number): boolean =>
  attributes.axis === axis && attributes.num_outputs === 2 && outputs.length === 2

/**
 * Finder of the node that makes a value, where it is of an operator.
 *
 * @param nodes - of a graph
 */
export function makersOf(nodes: readonly ModelNode[]): (value: string | undefined, operator: string) => ModelNode | undefined {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  return (value, operator) => {
    const node = makers.get(value ?? '')
    return node?.operator === operator ? node : undefined
  }
}
