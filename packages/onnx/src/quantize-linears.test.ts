import { tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { expect, test } from 'vitest'
import { encodeModel } from './encode-model.ts'
import { createGraphBuilder } from './graph-builder.ts'
import type { Graph, Weight } from './graph.ts'
import { quantizeLinears, type WeightBits } from './quantize-linears.ts'

const [ROWS, INPUT, OUT] = [5, 64, 3]
/** Numbers that are neither small nor round, the same every time. */
const values = (count: number, by: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * by) * (1 + (i % 7)))
const MATRIX = values(OUT * INPUT, 0.37)
// A block of zeros has no scale.
MATRIX.fill(0, 32, 64)
const BIAS = Float32Array.of(0.5, -2, 3)
const weightOf = (data: Float32Array, shape: readonly number[]): Weight => ({
  dtype: 'float32',
  shape,
  read: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
})

function linearGraph(input = INPUT): Graph {
  const g = createGraphBuilder('linear')
  const x = g.input('x', 'float32', ['rows', input])
  const matrix = g.weight('matrix', weightOf(MATRIX.subarray(0, OUT * input), [OUT, input]))
  g.output('y', g.apply('Gemm', [x, matrix, g.weight('bias', weightOf(BIAS, [OUT]))], { transB: 1 }), 'float32', ['rows', OUT])
  return g.build()
}

/** Values of a block of 32 as they are stored: in 8 bits by the largest absolute value, in 4 by the value that is farthest from zero, which -8 stands for. */
function stored(block: Float32Array, bits: WeightBits): number[] {
  const farthest = block.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
  const step = bits === 8 ? Math.abs(farthest) / 127 : farthest / -8
  return Array.from(block, (value) => (step === 0 ? 0 : step * Math.min(bits === 8 ? 127 : 7, Math.round(value / step))))
}

test.each([8, 4] as const)('multiplies with each block of 32 in %d bits', async (bits) => {
  await using session = await createSession(encodeModel(quantizeLinears(linearGraph(), bits)))
  const x = values(ROWS * INPUT, 0.11)
  const { y } = await session.run({ x: tensor('float32', x, [ROWS, INPUT]) })
  for (let row = 0; row < ROWS; row++) {
    for (let out = 0; out < OUT; out++) {
      let sum = BIAS[out]!
      for (let block = 0; block < INPUT; block += 32) {
        const part = MATRIX.subarray(out * INPUT + block, out * INPUT + block + 32)
        stored(part, bits).forEach((value, i) => (sum += value * x[row * INPUT + block + i]!))
      }
      expect(Number(y!.data[row * OUT + out])).toBeCloseTo(sum, 3)
    }
  }
})

test.each([
  [8, 4],
  [4, 8],
] as const)('takes in %d bits a little over a %dth of the memory, and leaves the graph and other matrices as they are', (bits, share) => {
  const graph = linearGraph()
  const small = encodeModel(quantizeLinears(graph, bits)).weights!.byteLength
  // Each is laid out from a multiple of 64 bytes.
  expect(small).toBeLessThan((4 * OUT * INPUT) / share + (OUT * INPUT) / 8 + BIAS.byteLength + 3 * 64)
  expect(encodeModel(graph).weights!.byteLength).toBeGreaterThanOrEqual(4 * OUT * INPUT)
  const odd = linearGraph(42)
  expect(quantizeLinears(odd, bits)).toEqual(odd)
})
