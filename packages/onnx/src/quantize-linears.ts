import type { Graph, GraphNode, Value, Weight } from './graph.ts'

/** Values of a row that share a scale. */
const BLOCK = 32

/**
 * The same graph with the matrices of its linear layers in 8 bits, a little over a quarter of their memory: each 32 values of
 * a row are whole numbers from -127 to 127 times one scale (symmetric, by absolute maximum; onnxruntime's MatMulNBits). What
 * they are multiplied with stays float32: in 8 bits too it was no faster, and lost three times as much of the tokens. Matrices
 * whose rows are no multiple of 32 stay as they are.
 *
 * @param graph - whose linear layers are `Gemm` with `transB` and a weight [out][in]; stays as it is
 */
export function quantizeLinears(graph: Graph): Graph {
  const weights = new Map(graph.weights)
  const nodes = graph.nodes.map((node): GraphNode => {
    const [x, matrix, bias] = node.inputs
    const weight = matrix && graph.weights.get(matrix.name)
    const [out, input] = weight?.shape ?? []
    if (node.operator !== 'Gemm' || !weight || !('transB' in node.attributes) || !out || !input || input % BLOCK !== 0) return node
    const [levels, scales]: [Value, Value] = [{ name: `${matrix.name}.levels` }, { name: `${matrix.name}.scales` }]
    weights.delete(matrix.name)
    weights.set(
      levels.name,
      derived(weight, 'uint8', [out, input / BLOCK, BLOCK], (values) => quantize(values).levels),
    )
    weights.set(
      scales.name,
      derived(weight, 'float32', [(out * input) / BLOCK], (values) => quantize(values).scales),
    )
    return {
      operator: 'MatMulNBits',
      inputs: [x, levels, scales, undefined, undefined, bias],
      outputs: node.outputs,
      attributes: { K: input, N: out, bits: 8, block_size: BLOCK },
    }
  })
  return { ...graph, nodes, weights }
}

function derived(
  weight: Weight,
  dtype: Weight['dtype'],
  shape: readonly number[],
  of: (values: Float32Array) => Uint8Array | Float32Array,
): Weight {
  return {
    dtype,
    shape,
    read: async () => {
      const { buffer, byteOffset, byteLength } = await weight.read()
      const made = of(new Float32Array(buffer, byteOffset, byteLength / 4))
      return new Uint8Array(made.buffer)
    },
  }
}

function quantize(values: Float32Array): { readonly levels: Uint8Array; readonly scales: Float32Array } {
  const levels = new Uint8Array(values.length)
  const scales = new Float32Array(values.length / BLOCK)
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK
    let largest = 0
    for (let i = start; i < start + BLOCK; i++) largest = Math.max(largest, Math.abs(values[i]!))
    const scale = (scales[block] = largest / 127)
    for (let i = start; i < start + BLOCK; i++) levels[i] = scale === 0 ? 128 : 128 + Math.round(values[i]! / scale)
  }
  return { levels, scales }
}
