import { DinokitError, tensor, type AnyTensor, type Backbone, type ModelCard } from '@dinokit/core'
import type { Graph, GraphNode, Operator, OperatorAttributes, Value } from '@dinokit/onnx'
import type { VitBackbone } from '../vit-backbone.ts'
import { vitGraph } from '../vit-graph.ts'

/** A neuron of a feed-forward layer, after the activation. */
export interface Neuron {
  /** Counted from 1. */
  readonly layer: number
  /** Counted from 0. */
  readonly neuron: number
}

/** Precision in the fingerprint of tokens that were made with a register at test time: they mix with no others. */
export const TEST_TIME_REGISTERS = 'float32-test-time-register'

/**
 * Makes the same network with one more token, a register that was not trained ("Vision Transformers Don't Need Trained Registers", arXiv
 * 2506.08010): it begins as zeros, takes the largest activation of each register neuron over all tokens, and the patches' are set to zero.
 * Its tokens, attention and facets are without the register; attention over what is left need not sum to 1. Closing one closes both.
 *
 * @param backbone - of a model without registers
 * @param neurons - such as `findRegisterNeurons` finds
 * @throws DinokitError `model-unsupported` for a model with registers, without a class token or with rotary positions, `invalid-option` for neurons that are not there
 */
export function withTestTimeRegister(backbone: VitBackbone, neurons: readonly Neuron[]): Backbone {
  const { card, weights } = backbone
  assertNoRegisters(card)
  const { depth, ffnHidden } = card.architecture
  const wrong = neurons.find(({ layer, neuron }) => !(layer >= 1 && layer <= depth && neuron >= 0 && neuron < ffnHidden))
  if (wrong || neurons.length === 0) {
    throw new DinokitError('invalid-option', 'There are no such register neurons.', {
      given: wrong ? `layer ${wrong.layer}, neuron ${wrong.neuron}` : 'none',
      expected: `layers 1 to ${depth}, neurons 0 to ${ffnHidden - 1}`,
    })
  }
  return backbone.withGraph(TEST_TIME_REGISTERS, (request) =>
    withRegister(vitGraph(card.architecture, weights, request), ffnHidden, neurons),
  )
}

/**
 * Refuses a model that has registers of its own, no class token, or rotary positions, whose table has no place for one more token.
 *
 * @throws DinokitError `model-unsupported`
 */
export function assertNoRegisters({ id, architecture }: ModelCard): void {
  const { registers, pooling, positionGrid } = architecture
  if (registers === 0 && pooling !== 'mean' && positionGrid[0] > 0) return
  throw new DinokitError('model-unsupported', `${id} needs no register at test time, or can’t be given one.`, {
    given: `${registers} registers${pooling === 'mean' ? ', no class token' : ''}${positionGrid[0] > 0 ? '' : ', rotary positions'}`,
    expected: 'a model with a class token and stored positions, without registers',
  })
}

/** Adds a register to a graph of {@link vitGraph}. */
function withRegister(graph: Graph, hidden: number, neurons: readonly Neuron[]): Graph {
  const add = createAdder(graph)
  const batch = graph.nodes.find(({ operator, attributes }) => operator === 'Shape' && 'end' in attributes && attributes.end === 1)!
    .outputs[0]!
  const named = new Set(graph.outputs.map(({ value }) => value.name))
  for (const node of graph.nodes) {
    const { operator, inputs, outputs, attributes } = node
    const layer = operator === 'Gemm' ? outerLayer(node) : undefined
    const own = neurons.filter((each) => each.layer === layer).map(({ neuron }) => neuron)
    if (operator === 'Concat' && 'axis' in attributes && attributes.axis === 1) {
      const zeros = add.node('Mul', [inputs[0]!, add.constant(Float32Array.of(0), [])])
      add.push({ ...node, inputs: [...inputs, zeros] })
    } else if (own.length > 0) {
      add.push({ ...node, inputs: [moveActivations(add, { activations: inputs[0]!, batch, hidden, neurons: own }), ...inputs.slice(1)] })
    } else if (operator === 'Identity' && named.has(outputs[0]!.name)) {
      const axes = outputs[0]!.name.startsWith('attention') ? [2, 3] : [1]
      const each = (value: number): Value => add.integers(...axes.map(() => value))
      add.push({ operator: 'Slice', inputs: [inputs[0], each(0), each(-1), add.integers(...axes)], outputs, attributes: {} })
    } else add.push(node)
  }
  return add.build()
}

/** Layer whose last linear layer a node is. */
function outerLayer({ inputs }: GraphNode): number | undefined {
  const match = /^block(\d+)\.outer\.weight$/.exec(inputs[1]?.name ?? '')
  return match ? Number(match[1]) : undefined
}

interface Activations {
  /** [batch * tokens][hidden] */
  readonly activations: Value
  /** [1] */
  readonly batch: Value
  readonly hidden: number
  readonly neurons: readonly number[]
}

/** Moves the largest activation of each neuron to the last token, and sets those of patches to 0. */
function moveActivations(add: Adder, { activations, batch, hidden, neurons }: Activations): Value {
  const chosen = new Float32Array(hidden)
  for (const neuron of neurons) chosen[neuron] = 1
  const moved = add.constant(chosen, [hidden])
  const kept = add.constant(
    chosen.map((value) => 1 - value),
    [hidden],
  )
  const shape = add.node('Concat', [batch, add.integers(-1, hidden)], { axis: 0 })
  const all = add.node('Reshape', [activations, shape])
  const part = (start: number, end: number): Value => add.node('Slice', [all, add.integers(start), add.integers(end), add.integers(1)])
  const largest = add.node('ReduceMax', [all, add.integers(1)], { keepdims: 1 })
  const patches = add.node('Mul', [part(1, -1), kept])
  const register = add.node('Add', [add.node('Mul', [part(-1, END), kept]), add.node('Mul', [largest, moved])])
  const joined = add.node('Concat', [part(0, 1), patches, register], { axis: 1 })
  return add.node('Reshape', [joined, add.integers(-1, hidden)])
}

/** Beyond the end of any axis. */
const END = 2 ** 31 - 1

/** Writes a graph anew, with further nodes. */
interface Adder {
  push(node: GraphNode): void
  node<O extends Operator>(operator: O, inputs: readonly Value[], attributes?: OperatorAttributes[O]): Value
  constant(data: Float32Array, shape: readonly number[]): Value
  integers(...values: number[]): Value
  build(): Graph
}

function createAdder(graph: Graph): Adder {
  const nodes: GraphNode[] = []
  const constants = new Map<string, AnyTensor>(graph.constants)
  let count = 0
  const fresh = (): Value => ({ name: `register.${count++}` })
  const constant = (value: AnyTensor): Value => {
    const named = fresh()
    constants.set(named.name, value)
    return named
  }
  return {
    push: (node) => void nodes.push(node),
    node(operator, inputs, attributes) {
      const output = fresh()
      nodes.push({ operator, inputs, outputs: [output], attributes: attributes ?? {} })
      return output
    },
    constant: (data, shape) => constant(tensor('float32', data, shape)),
    integers: (...values) => constant(tensor('int64', BigInt64Array.from(values, BigInt), [values.length])),
    build: () => ({ ...graph, nodes, constants }),
  }
}
