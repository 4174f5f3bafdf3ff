import { createGraphBuilder, encodeModel, quantizeDynamic, type Graph } from '@dinokit/onnx'
import * as ort from 'onnxruntime-web/wasm'
import { transpose, type Contender, type Shape } from './shapes.ts'

/** Operator of {@link createEngineProducts}: as the ONNX standard has them, as dinokit's graphs have them, and in 8 bits. */
export type EngineOperator = (typeof ENGINE_OPERATORS)[number]

/** All of {@link EngineOperator}. */
export const ENGINE_OPERATORS = ['Gemm', 'MatMul', 'DynamicQuantizeMatMul'] as const

/**
 * Makes a session of onnxruntime-web's wasm.
 *
 * @param graph - with weights
 * @param options - of the engine
 */
export async function createEngineSession(graph: Graph, options: ort.InferenceSession.SessionOptions = {}): Promise<ort.InferenceSession> {
  const model = encodeModel(graph)
  const weights = model.weights!
  const data: Uint8Array[] = []
  for await (const chunk of weights.chunks()) data.push(chunk)
  return ort.InferenceSession.create(model.graph, {
    ...options,
    executionProviders: ['wasm'],
    externalData: [{ path: weights.location, data: await new Blob(data as BlobPart[]).bytes() }],
  })
}

/**
 * Prepares products by onnxruntime-web's wasm: a graph of several, of which it gives the first rows alone, so that what is measured is the
 * products.
 *
 * @param shape - of each
 * @param matrices - [depth][width] each
 * @param operator - that computes them
 */
export async function createEngineProducts(shape: Shape, matrices: readonly Float32Array[], operator: EngineOperator): Promise<Contender> {
  const session = await createEngineSession(productsGraph(shape, matrices, operator))
  return {
    run: async (x) => {
      const outputs = await session.run({ x: new ort.Tensor('float32', x, [shape.rows, shape.depth]) })
      return matrices.map((_, index) => outputs[`y${index}`]!.data as Float32Array)
    },
    end: () => session.release(),
  }
}

function productsGraph({ rows, depth, width }: Shape, matrices: readonly Float32Array[], operator: EngineOperator): Graph {
  const g = createGraphBuilder('products')
  const x = g.input('x', 'float32', [rows, depth])
  const names = matrices.map((matrix, index) => {
    const transposed = operator !== 'MatMul'
    const values = transposed ? transpose(matrix, { depth, width }) : matrix
    const weight = g.weight(`matrix${index}`, {
      dtype: 'float32',
      shape: transposed ? [width, depth] : [depth, width],
      read: () => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    })
    const y = transposed ? g.apply('Gemm', [x, weight], { transB: 1 }) : g.apply('MatMul', [x, weight])
    g.output(`y${index}`, g.apply('Slice', [y, g.integers(0), g.integers(1), g.integers(0)]), 'float32', [1, width])
    return weight.name
  })
  const graph = g.build()
  return operator === 'DynamicQuantizeMatMul'
    ? quantizeDynamic(graph, { matrices: new Map(names.map((name) => [name, undefined])) })
    : graph
}
