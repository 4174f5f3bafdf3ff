import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core'
import { litertModel } from './litert-model.ts'
import { transpose, type Contender, type Shape } from './shapes.ts'

let loading: Promise<unknown> | undefined

/**
 * Prepares products by LiteRT.js on the processor (XNNPACK).
 *
 * @param shape - of each
 * @param matrices - [depth][width] each
 * @param threads - of a run: one, or as many as the machine has
 */
export async function createLitertProducts(shape: Shape, matrices: readonly Float32Array[], threads: number): Promise<Contender> {
  await (loading ??= loadLiteRt('/litert/', { threads: threads > 1 }))
  const model = await loadAndCompile(
    litertModel(
      shape,
      matrices.map((matrix) => transpose(matrix, shape)),
    ),
    { accelerator: 'wasm' },
  )
  return {
    run: async (x) => {
      const input = new Tensor(x, [shape.rows, shape.depth])
      const outputs = await model.run([input])
      const rows = outputs.map((output) => output.toTypedArray().slice() as Float32Array)
      for (const used of [input, ...outputs]) used.delete()
      return rows
    },
    end: async () => model.delete(),
  }
}
