import { tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { expect, test } from 'vitest'
import { encodeModel } from './encode-model.ts'
import { createGraphBuilder } from './graph-builder.ts'
import type { Graph, Weight } from './graph.ts'
import { quantizeDynamic } from './quantize-dynamic.ts'
import { saturates } from './saturates.ts'

const [ROWS, INPUT, OUT] = [5, 48, 3]
/** Numbers that are neither small nor round, the same every time. */
const values = (count: number, by: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * by) * (1 + (i % 7)))
const MATRIX = values(OUT * INPUT, 0.37)
// A row of zeros has no largest value to divide by.
MATRIX.fill(0, INPUT, 2 * INPUT)
const BIAS = Float32Array.of(0.5, -2, 3)
const FACTORS = values(INPUT, 0.7).map((value) => 1 + Math.abs(value) / 10)
const X = values(ROWS * INPUT, 0.11)
const weightOf = (data: Float32Array, shape: readonly number[]): Weight => ({
  dtype: 'float32',
  shape,
  read: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
})

function linearGraph(): Graph {
  const g = createGraphBuilder('linear')
  const x = g.input('x', 'float32', ['rows', INPUT])
  const matrix = g.weight('matrix', weightOf(MATRIX, [OUT, INPUT]))
  g.output('y', g.apply('Gemm', [x, matrix, g.weight('bias', weightOf(BIAS, [OUT]))], { transB: 1 }), 'float32', ['rows', OUT])
  return g.build()
}

/** Product of levels, by ONNX’s definition of DynamicQuantizeLinear. */
function expected(factors: Float32Array | undefined): number[] {
  const x = X.map((value, i) => value * (factors?.[i % INPUT] ?? 1))
  const [low, high] = [Math.min(0, ...x), Math.max(0, ...x)]
  const step = (high - low) / 255
  const zero = Math.round(-low / step)
  const inputs = Array.from(x, (value) => Math.min(255, Math.max(0, Math.round(value / step) + zero)) - zero)
  return Array.from({ length: ROWS * OUT }, (_, at) => {
    const [row, out] = [Math.floor(at / OUT), at % OUT]
    const weights = MATRIX.subarray(out * INPUT, (out + 1) * INPUT)
    const scale = Math.max(...weights.map(Math.abs)) / 127
    let sum = 0
    weights.forEach((value, i) => (sum += scale === 0 ? 0 : inputs[row * INPUT + i]! * Math.round(value / scale)))
    return sum * step * scale + BIAS[out]!
  })
}

test.each([
  ['signed levels', undefined, false],
  ['unsigned levels', undefined, true],
  ['an input that is multiplied first', FACTORS, true],
] as const)('multiplies 256 levels of the input with 255 of each row: %s', async (_, factors, unsigned) => {
  const matrices = new Map([['matrix', factors && weightOf(factors, [INPUT])]])
  await using session = await createSession(encodeModel(quantizeDynamic(linearGraph(), { matrices, unsigned })))
  const { y } = await session.run({ x: tensor('float32', X, [ROWS, INPUT]) })
  const exact = expected(factors)
  expect(y!.data).toHaveLength(exact.length)
  // Where products of signed levels saturate, as on x86 without VNNI, their sums are wrong, and that is known beforehand.
  const wrong = !unsigned && (await saturates({ createSession: (model) => createSession(model) }))
  expect(exact.every((value, i) => Math.abs(Number(y!.data[i]) - value) < 5e-4)).toBe(!wrong)
})

test('leaves the matrices that are not named as they are, and takes a quarter of the memory for those that are', () => {
  const graph = linearGraph()
  expect(quantizeDynamic(graph, { matrices: new Map() })).toEqual(graph)
  const small = encodeModel(quantizeDynamic(graph, { matrices: new Map([['matrix', undefined]]) })).weights!.byteLength
  // Each is laid out from a multiple of 64 bytes.
  expect(small).toBeLessThan(OUT * INPUT + 2 * BIAS.byteLength + 3 * 64)
  expect(encodeModel(graph).weights!.byteLength).toBeGreaterThanOrEqual(4 * OUT * INPUT)
})
