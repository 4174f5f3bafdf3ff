import { tensor, type AnyTensor } from '@dinokit/core'
import type { Graph, GraphNode, GraphPort, Value, Weight } from '@dinokit/onnx'
import { vitGraph } from '../vit-graph.ts'
import { quantizeSmoothed, type Int8Network } from './int8-graph.ts'
import { groupName, listGroups, matrixNames } from './layer-groups.ts'
import { smoothWeights } from './smooth-weights.ts'

/**
 * The network in float32, with its `tokens` and the largest absolute value of each input of its groups of linear layers as outputs, by the
 * groups' names: [input].
 *
 * @param network - architecture and weights
 */
export function largestInputsGraph({ architecture, weights }: Pick<Int8Network, 'architecture' | 'weights'>): Graph {
  const graph = vitGraph(architecture, weights)
  const rows: Value = { name: 'axis.rows' }
  const nodes: GraphNode[] = [...graph.nodes]
  const outputs: GraphPort[] = [graph.outputs.find(({ value }) => value.name === 'tokens')!]
  for (const place of listGroups(architecture.depth)) {
    const [matrix] = matrixNames(place)
    const [name, absolute] = [groupName(place), { name: `${groupName(place)}.absolute` }]
    const { inputs } = graph.nodes.find((node) => node.operator === 'Gemm' && node.inputs[1]!.name === matrix)!
    nodes.push({ operator: 'Abs', inputs: [inputs[0]], outputs: [absolute], attributes: {} })
    nodes.push({ operator: 'ReduceMax', inputs: [absolute, rows], outputs: [{ name }], attributes: { keepdims: 0 } })
    outputs.push({ value: { name }, dtype: 'float32', shape: [graph.weights.get(matrix!)!.shape[1]!] })
  }
  const constants = new Map<string, AnyTensor>(graph.constants).set(rows.name, tensor('int64', BigInt64Array.of(0n), [1]))
  return { ...graph, nodes, outputs, constants }
}

/** Name of the input by which {@link mixingGraph} is told what to compute in 8 bits. */
export const MIX_INPUT = 'mix'

/**
 * The network with each group of linear layers both in float32 and in 8 bits: float32 [groups] as input `mix` says how much of the latter
 * is taken, 0 or 1, in the order of `listGroups`. One session shows what each group does to the tokens.
 *
 * @param network - weights and calibration; what it leaves in float32 is not looked at
 */
export function mixingGraph(network: Int8Network): Graph {
  const all = { ...network, calibration: { ...network.calibration, float32: [] } }
  const smoothed = smoothWeights(network.weights, all.calibration)
  const floats = vitGraph(network.architecture, smoothed.weights)
  const eight = quantizeSmoothed(floats, all, smoothed)
  const groups = listGroups(network.architecture.depth)
  const places = new Map<string, { readonly name: string; readonly index: number }>(
    groups.flatMap((place, index) => matrixNames(place).map((name) => [`${name}.levels`, { name, index }] as const)),
  )
  const constants = new Map<string, AnyTensor>(eight.constants)
  const weights = new Map<string, Weight>(eight.weights)
  const nodes = eight.nodes.flatMap((node): GraphNode[] => {
    const place = node.operator === 'DynamicQuantizeMatMul' ? places.get(node.inputs[1]!.name) : undefined
    if (!place) return [node]
    const value = (kind: string): Value => ({ name: `${place.name}.${kind}` })
    const index: Value = { name: `mix.${place.index}` }
    constants.set(index.name, tensor('int64', BigInt64Array.of(BigInt(place.index)), [1]))
    weights.set(place.name, floats.weights.get(place.name)!)
    return [
      { ...node, outputs: [value('eight')] },
      {
        operator: 'Gemm',
        inputs: [node.inputs[0], { name: place.name }, node.inputs[4]],
        outputs: [value('float')],
        attributes: { transB: 1 },
      },
      { operator: 'Sub', inputs: [value('eight'), value('float')], outputs: [value('difference')], attributes: {} },
      { operator: 'Gather', inputs: [{ name: MIX_INPUT }, index], outputs: [value('share')], attributes: {} },
      { operator: 'Mul', inputs: [value('difference'), value('share')], outputs: [value('added')], attributes: {} },
      { operator: 'Add', inputs: [value('float'), value('added')], outputs: node.outputs, attributes: {} },
    ]
  })
  const mix: GraphPort = { value: { name: MIX_INPUT }, dtype: 'float32', shape: [groups.length] }
  return { ...eight, inputs: [...eight.inputs, mix], nodes, constants, weights }
}
