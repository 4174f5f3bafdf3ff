import { ELEMENT_TYPE } from './element-type.ts'
import type { Graph, GraphNode, Value, Weight } from './graph.ts'
import type { Operator } from './operators.ts'

/** Options of {@link halveLayers}. */
export interface HalveOptions {
  /** Names of the matrices of the linear layers that are to be computed in 16 bits. */
  readonly matrices: ReadonlySet<string>
  /** Rounds float32 to the bits of float16. */
  readonly toFloat16: (values: Float32Array) => Uint16Array
}

/** Operators that are computed in 16 bits wherever they stand: the number of their inputs that are floats. */
const IN_HALF: Partial<Record<Operator, number>> = { Gelu: 1, MultiHeadAttention: 3 }

/** Operators that are computed in 16 bits where all their floats are in 16 bits already. */
const FOLLOWING: Partial<Record<Operator, number>> = { Mul: 2, Relu: 1, Reshape: 1, Sigmoid: 1, Split: 1, Transpose: 1 }

/**
 * The same graph with some of its linear layers, and the attention and activations between them, in 16 bits: their weights too. All else,
 * LayerNorm and the sums of residual branches above all, stays in float32, and what passes from one to the other is converted once.
 *
 * @param graph - whose linear layers are `Gemm` with `transB` and a weight [out][in]; stays as it is
 * @param options - which of them
 */
export function halveLayers(graph: Graph, { matrices, toFloat16 }: HalveOptions): Graph {
  const weights = new Map(graph.weights)
  const nodes: GraphNode[] = []
  /** Values that exist in 16 bits, by their names; and those of them that exist in float32 too. */
  const [halves, converted] = [new Map<string, Value>(), new Set<string>()]
  const isHalfOnly = (value: Value | undefined): boolean => value !== undefined && halves.has(value.name) && !converted.has(value.name)
  const cast = (from: Value, to: Value, type: 'float16' | 'float32'): void =>
    void nodes.push({ operator: 'Cast', inputs: [from], outputs: [to], attributes: { to: ELEMENT_TYPE[type] } })
  const inHalf = (value: Value): Value => {
    const known = halves.get(value.name)
    if (known) return known
    const half = { name: `${value.name}.half` }
    halves.set(value.name, half)
    const weight = graph.weights.get(value.name)
    if (weight) weights.set(half.name, halved(weight, toFloat16))
    else cast(value, half, 'float16')
    if (weight) weights.delete(value.name)
    else converted.add(value.name)
    return half
  }
  const inFull = (value: Value): Value => {
    if (isHalfOnly(value)) {
      cast(halves.get(value.name)!, value, 'float32')
      converted.add(value.name)
    }
    return value
  }
  for (const node of graph.nodes) {
    const floats = floatsInHalf(node, matrices, isHalfOnly)
    if (floats === 0) {
      nodes.push({ ...node, inputs: node.inputs.map((value) => value && inFull(value)) })
      continue
    }
    const inputs = node.inputs.map((value, index) => (value && index < floats ? inHalf(value) : value))
    const outputs = node.outputs.map(({ name }) => ({ name: `${name}.half` }))
    node.outputs.forEach(({ name }, index) => halves.set(name, outputs[index]!))
    nodes.push({ ...node, inputs, outputs })
  }
  return { ...graph, nodes, weights }
}

/** Number of a node's inputs that are to be in 16 bits, from the first on. */
function floatsInHalf(
  { operator, inputs }: GraphNode,
  matrices: ReadonlySet<string>,
  isHalfOnly: (value: Value | undefined) => boolean,
): number {
  if (operator === 'Gemm') return matrices.has(inputs[1]?.name ?? '') ? 3 : 0
  const following = FOLLOWING[operator]
  if (following !== undefined && inputs.slice(0, following).every(isHalfOnly)) return following
  return IN_HALF[operator] ?? 0
}

function halved(weight: Weight, toFloat16: HalveOptions['toFloat16']): Weight {
  return {
    dtype: 'float16',
    shape: weight.shape,
    read: async () => {
      const { buffer, byteOffset, byteLength } = await weight.read()
      const bits = toFloat16(new Float32Array(buffer, byteOffset, byteLength / 4))
      return new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength)
    },
  }
}
