import { tensor, type AnyTensor } from '@dinokit/core'
import type { Graph, GraphNode, Value, Weight } from './graph.ts'

/** Linear layers that {@link quantizeDynamic} computes in 8 bits. */
export interface DynamicOptions {
  /** Names of their matrices, each with what its input is multiplied by first, [input], where it is. */
  readonly matrices: ReadonlyMap<string, Weight | undefined>
  /**
   * Store the levels as unsigned bytes around 128. The result is the same; it is for processors whose instructions for signed
   * bytes saturate. Default false.
   */
  readonly unsigned?: boolean
}

/** Middle of unsigned levels. */
const CENTER = 128

/**
 * The same graph with some of its linear layers computed in 8 bits (onnxruntime's DynamicQuantizeMatMul): each row of a matrix is whole
 * numbers from -127 to 127 times one scale, and what it is multiplied with is brought to 256 levels between its smallest and its
 * largest value, in every run anew. All rows of a run share these levels.
 *
 * @param graph - whose linear layers are `Gemm` with `transB` and a weight [out][in]; stays as it is
 * @param options - which of them
 */
export function quantizeDynamic(graph: Graph, { matrices, unsigned = false }: DynamicOptions): Graph {
  const weights = new Map(graph.weights)
  const constants = new Map<string, AnyTensor>(graph.constants)
  const center: Value = { name: 'levels.center' }
  if (unsigned) constants.set(center.name, tensor('uint8', Uint8Array.of(CENTER), []))
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const [x, matrix, bias] = node.inputs
    const weight = matrix && graph.weights.get(matrix.name)
    if (node.operator !== 'Gemm' || !weight || !('transB' in node.attributes) || !matrices.has(matrix.name)) return [node]
    const [levels, scales, factors] = ['levels', 'scales', 'factors'].map((kind) => ({ name: `${matrix.name}.${kind}` })) as [
      Value,
      Value,
      Value,
    ]
    const [out, input] = weight.shape as [number, number]
    weights.delete(matrix.name)
    // The scales are kept: they are few, and without them each matrix is rounded twice.
    let known: Float32Array<ArrayBuffer> | undefined
    const read = async (): Promise<QuantizedRows> => {
      const rows = quantizeRows(floatsOf(await weight.read()), out, unsigned ? CENTER : 0)
      known = rows.scales
      return rows
    }
    weights.set(levels.name, { dtype: unsigned ? 'uint8' : 'int8', shape: [input, out], read: async () => (await read()).levels })
    weights.set(scales.name, {
      dtype: 'float32',
      shape: [out],
      read: async () => new Uint8Array((known ?? (await read()).scales).buffer),
    })
    const factor = matrices.get(matrix.name)
    if (factor) weights.set(factors.name, factor)
    const scaled: Value = { name: `${matrix.name}.input` }
    return [
      ...(factor ? [{ operator: 'Mul', inputs: [x, factors], outputs: [scaled], attributes: {} } satisfies GraphNode<'Mul'>] : []),
      {
        operator: 'DynamicQuantizeMatMul',
        inputs: [factor ? scaled : x, levels, scales, unsigned ? center : undefined, bias],
        outputs: node.outputs,
        attributes: {},
      },
    ]
  })
  return { ...graph, nodes, weights, constants }
}

/** A matrix in 8 bits. */
interface QuantizedRows {
  /** [input][out], around the center. */
  readonly levels: Uint8Array
  /** [out] */
  readonly scales: Float32Array<ArrayBuffer>
}

/** Rounds each row of [out][input] to 255 levels, symmetric, by its largest absolute value. */
function quantizeRows(values: Float32Array, out: number, center: number): QuantizedRows {
  const input = values.length / out
  const levels = new Uint8Array(values.length)
  const scales = new Float32Array(out)
  for (let row = 0; row < out; row++) {
    const start = row * input
    let largest = 0
    for (let i = start; i < start + input; i++) largest = Math.max(largest, Math.abs(values[i]!))
    // A row of zeros needs a scale that is not 0: engines divide by none, but may multiply it by infinity.
    const scale = (scales[row] = largest > 0 ? largest / 127 : 1)
    for (let i = 0; i < input; i++) levels[i * out + row] = center + Math.round(values[start + i]! / scale)
  }
  return { levels, scales }
}

function floatsOf({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  return new Float32Array(buffer, byteOffset, byteLength / 4)
}
