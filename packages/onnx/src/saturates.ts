import { tensor, type Runtime } from '@dinokit/core'
import { encodeModel } from './encode-model.ts'
import { createGraphBuilder } from './graph-builder.ts'

/** Products that are summed to see whether they saturate. */
const LENGTH = 64

/**
 * Whether the engine's products of unsigned and signed bytes saturate: on x86 processors without VNNI two of them are summed in 16 bits.
 * Unsigned levels have other instructions there, which are exact.
 *
 * @param runtime - that makes sessions; none is made where it says that they are exact
 */
export async function saturates(runtime: Pick<Runtime, 'createSession' | 'exactBytes'>): Promise<boolean> {
  if (runtime.exactBytes) return false
  const g = createGraphBuilder('saturation')
  const x = g.input('x', 'float32', [1, LENGTH])
  const bytes =
    (values: Uint8Array): (() => Uint8Array) =>
    () =>
      values
  const levels = g.weight('levels', { dtype: 'int8', shape: [LENGTH, 1], read: bytes(new Uint8Array(LENGTH).fill(127)) })
  const scale = g.constant(tensor('float32', Float32Array.of(1), [1]))
  g.output('y', g.apply('DynamicQuantizeMatMul', [x, levels, scale]), 'float32', [1, 1])
  const session = await runtime.createSession(encodeModel(g.build()))
  try {
    // All are the largest level, 255, which stands for 1.
    const { y } = await session.run({ x: tensor('float32', new Float32Array(LENGTH).fill(1), [1, LENGTH]) })
    return Math.abs(Number(y!.data[0]) - LENGTH * 127) > 1
  } finally {
    await session.dispose()
  }
}
