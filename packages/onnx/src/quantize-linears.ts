import type { Graph, GraphNode, Value, Weight } from './graph.ts'

/** Values of a row that share a scale. */
const BLOCK = 32

/** Bits of a value. */
export type WeightBits = 8 | 4

/**
 * The same graph with the matrices of its linear layers in 8 or 4 bits, a little over a quarter or an eighth of their memory: each 32 values
 * of a row are whole numbers times one scale (symmetric; onnxruntime's MatMulNBits). In 8 bits they are from -127 to 127; in 4 bits from -8 to
 * 7, where -8 stands for the value that is farthest from zero. What they are multiplied with stays float32: in 8 bits too it was no faster,
 * and lost three times as much of the tokens. Matrices whose rows are no multiple of 32 stay as they are.
 *
 * @param graph - whose linear layers are `Gemm` with `transB` and a weight [out][in]; stays as it is
 * @param bits - of a value
 */
export function quantizeLinears(graph: Graph, bits: WeightBits = 8): Graph {
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
      derived(weight, 'uint8', [out, input / BLOCK, (BLOCK * bits) / 8], (values) => quantize(values, bits).levels),
    )
    weights.set(
      scales.name,
      derived(weight, 'float32', [(out * input) / BLOCK], (values) => quantize(values, bits).scales),
    )
    return {
      operator: 'MatMulNBits',
      inputs: [x, levels, scales, undefined, undefined, bias],
      outputs: node.outputs,
      attributes: { K: input, N: out, bits, block_size: BLOCK },
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

function quantize(values: Float32Array, bits: WeightBits): { readonly levels: Uint8Array; readonly scales: Float32Array } {
  const center = 2 ** (bits - 1)
  const scales = new Float32Array(values.length / BLOCK)
  const levels = new Uint8Array((values.length * bits) / 8)
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK
    let farthest = 0
    for (let i = start; i < start + BLOCK; i++) if (Math.abs(values[i]!) > Math.abs(farthest)) farthest = values[i]!
    // The engine multiplies by what is stored: levels are of that.
    scales[block] = bits === 8 ? Math.abs(farthest) / 127 : farthest / -8
    const scale = scales[block]!
    for (let i = start; i < start + BLOCK; i++) {
      const level = scale === 0 ? center : Math.min(2 ** bits - 1, center + Math.round(values[i]! / scale))
      if (bits === 8) levels[i] = level
      // Two levels in a byte, the first in its lower half.
      else levels[i >> 1]! |= level << (4 * (i & 1))
    }
  }
  return { levels, scales }
}
