import { tensor } from '@dinokit/core'
import { largestDifference } from '@dinokit/testing'
import { createSession } from '#runtime'
import { describe, expect, test } from 'vitest'
import { encodeModel } from './encode-model.ts'
import { createGraphBuilder, type GraphBuilder } from './graph-builder.ts'
import type { Value } from './graph.ts'
import { gradients } from './gradients.ts'
import type { Operator } from './operators.ts'
import { elementCount, type Array64 } from './testing/array64.ts'
import { evaluate } from './testing/evaluate.ts'

/** Writer of a case, given its inputs a, b, c. */
type Write = (g: GraphBuilder, ...inputs: Value[]) => Value | Value[]

interface Case {
  readonly name: string
  readonly shapes: readonly (readonly number[])[]
  readonly write: Write
  /** From which numbers inputs are drawn. */
  readonly range?: readonly [number, number]
  /** The first dimension of the first input is dynamic. */
  readonly dynamic?: boolean
}

const scalar = (g: GraphBuilder, value: number): Value => g.constant(tensor('float32', Float32Array.of(value), []))
const binary = (operator: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max' | 'Min' | 'Pow', a: number[], b: number[]): Case => ({
  name: `${operator} [${String(a)}] [${String(b)}]`,
  shapes: [a, b],
  range: [0.5, 2],
  dynamic: true,
  write: (g, x, y) => g.apply(operator, [x, y]),
})
const unary = (operator: Operator, range: [number, number] = [-2, 2]): Case => ({
  name: operator,
  shapes: [[3, 4]],
  range,
  dynamic: true,
  write: (g, x) => g.apply(operator as 'Exp', [x]),
})
const mask = (g: GraphBuilder, bits: number[]): Value => g.constant(tensor('bool', Uint8Array.from(bits), [bits.length]))

const CASES: readonly Case[] = [
  ...(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow'] as const).flatMap((operator) => [
    binary(operator, [3, 4], [3, 4]),
    binary(operator, [3, 4], [4]),
    binary(operator, [2, 3, 4], [3, 1]),
    binary(operator, [2, 1, 4], [2, 3, 1]),
    binary(operator, [2, 3], []),
  ]),
  ...(['Abs', 'Exp', 'Relu', 'Sigmoid', 'Softplus', 'Tanh', 'Erf', 'Gelu', 'Neg', 'Identity'] as const).map((operator) => unary(operator)),
  ...(['Log', 'Sqrt', 'Reciprocal'] as const).map((operator) => unary(operator, [0.5, 2])),
  { name: 'Clip', shapes: [[4, 4]], write: (g, x) => g.apply('Clip', [x, scalar(g, -0.7), scalar(g, 0.9)]) },
  {
    name: 'Where',
    shapes: [
      [3, 4],
      [1, 4],
    ],
    dynamic: true,
    write: (g, a, b) => g.apply('Where', [mask(g, [1, 0, 0, 1]), a, b]),
  },
  { name: 'Cast', shapes: [[3]], write: (g, x) => g.apply('Mul', [g.apply('Cast', [x], { to: 1 }), x]) },
  {
    name: 'MatMul, matrices',
    shapes: [
      [3, 4],
      [4, 2],
    ],
    dynamic: true,
    write: (g, a, b) => g.apply('MatMul', [a, b]),
  },
  {
    name: 'MatMul, batch by matrix',
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
    dynamic: true,
    write: (g, a, b) => g.apply('MatMul', [a, b]),
  },
  {
    name: 'MatMul, batches',
    shapes: [
      [2, 3, 4],
      [2, 4, 1],
    ],
    dynamic: true,
    write: (g, a, b) => g.apply('MatMul', [a, b]),
  },
  {
    name: 'MatMul, stretched batches',
    shapes: [
      [1, 3, 1],
      [2, 1, 1, 5],
    ],
    write: (g, a, b) => g.apply('MatMul', [a, b]),
  },
  ...([0, 1] as const).flatMap((transA) =>
    ([0, 1] as const).map((transB): Case => ({
      name: `Gemm, transA ${transA}, transB ${transB}`,
      shapes: [transA ? [4, 3] : [3, 4], transB ? [2, 4] : [4, 2], [2]],
      write: (g, a, b, c) => g.apply('Gemm', [a, b, c], { transA, transB, alpha: 0.5, beta: 2 }),
    })),
  ),
  {
    name: 'Gemm, without shift',
    shapes: [
      [3, 4],
      [2, 4],
    ],
    dynamic: true,
    write: (g, a, b) => g.apply('Gemm', [a, b], { transB: 1 }),
  },
  { name: 'Softmax', shapes: [[3, 4]], dynamic: true, write: (g, x) => g.apply('Softmax', [x], { axis: -1 }) },
  { name: 'Softmax, first axis', shapes: [[3, 4]], write: (g, x) => g.apply('Softmax', [x], { axis: 0 }) },
  { name: 'LogSoftmax', shapes: [[3, 4]], dynamic: true, write: (g, x) => g.apply('LogSoftmax', [x], { axis: 1 }) },
  {
    name: 'LayerNormalization',
    shapes: [[2, 3, 5], [5], [5]],
    dynamic: true,
    write: (g, x, a, b) => g.apply('LayerNormalization', [x, a, b], { axis: -1, epsilon: 1e-6 }),
  },
  {
    name: 'LayerNormalization, without shift',
    shapes: [[3, 5], [5]],
    write: (g, x, a) => g.apply('LayerNormalization', [x, a], { axis: 1 }),
  },
  {
    name: 'LayerNormalization that gives its statistics',
    shapes: [[2, 3, 5], [5], [5]],
    dynamic: true,
    write: (g, x, a, b) => g.applyMany('LayerNormalization', 3, [x, a, b], { axis: -1, epsilon: 1e-6 })[0]!,
  },
  {
    name: 'LayerNormalization by ones that gives its statistics',
    shapes: [[3, 5]],
    dynamic: true,
    write: (g, x) => {
      const ones = g.constant(tensor('float32', new Float32Array(5).fill(1), [5]))
      return g.applyMany('LayerNormalization', 3, [x, ones], { axis: -1, epsilon: 1e-6 })[0]!
    },
  },
  {
    name: 'BatchNormalization, given statistics',
    shapes: [[2, 3, 2, 2], [3], [3]],
    dynamic: true,
    write: (g, x, a, b) => {
      const of = (...values: number[]): Value => g.constant(tensor('float32', Float32Array.from(values), [3]))
      return g.apply('BatchNormalization', [x, a, b, of(0.1, -0.2, 0.3), of(1, 2, 0.5)], { epsilon: 1e-5 })
    },
  },
  ...(['ReduceSum', 'ReduceMean', 'ReduceMax'] as const).flatMap((operator): Case[] => [
    {
      name: `${operator}, kept`,
      shapes: [[2, 3, 4]],
      dynamic: true,
      write: (g, x) => g.apply(operator, [x, g.integers(0, -1)], { keepdims: 1 }),
    },
    {
      name: `${operator}, dropped`,
      shapes: [[2, 3, 4]],
      dynamic: true,
      write: (g, x) => g.apply(operator, [x, g.integers(1)], { keepdims: 0 }),
    },
    { name: `${operator} of all`, shapes: [[2, 3]], dynamic: true, write: (g, x) => g.apply(operator, [x], { keepdims: 0 }) },
  ]),
  { name: 'Reshape', shapes: [[2, 6]], dynamic: true, write: (g, x) => g.apply('Reshape', [x, g.integers(-1, 3)]) },
  { name: 'Unsqueeze', shapes: [[2, 3]], write: (g, x) => g.apply('Unsqueeze', [x, g.integers(1, -1)]) },
  { name: 'Squeeze', shapes: [[2, 1, 3]], dynamic: true, write: (g, x) => g.apply('Squeeze', [x, g.integers(1)]) },
  { name: 'Transpose', shapes: [[2, 3, 4]], write: (g, x) => g.apply('Transpose', [x], { perm: [2, 0, 1] }) },
  { name: 'Expand', shapes: [[1, 3]], write: (g, x) => g.apply('Expand', [x, g.integers(2, 4, 3)]) },
  {
    name: 'Expand to a dynamic length',
    shapes: [
      [3, 2],
      [1, 2],
    ],
    dynamic: true,
    write: (g, x, y) =>
      g.apply('Mul', [
        x,
        g.apply('Expand', [y, g.apply('Concat', [g.apply('Shape', [x], { start: 0, end: 1 }), g.integers(1)], { axis: 0 })]),
      ]),
  },
  {
    name: 'Concat',
    shapes: [
      [2, 3],
      [1, 3],
    ],
    dynamic: true,
    write: (g, a, b) => g.apply('Concat', [a, b], { axis: 0 }),
  },
  {
    name: 'Concat along the last axis',
    shapes: [
      [2, 3],
      [2, 2],
    ],
    dynamic: true,
    write: (g, a, b) => g.apply('Concat', [a, b], { axis: -1 }),
  },
  {
    name: 'Split, one part unused',
    shapes: [[2, 6]],
    dynamic: true,
    write: (g, x) => {
      const [first, , third] = g.applyMany('Split', 3, [x], { axis: -1, num_outputs: 3 })
      return [first!, third!]
    },
  },
  {
    name: 'Slice',
    shapes: [[4, 5]],
    dynamic: true,
    write: (g, x) => g.apply('Slice', [x, g.integers(1, -3), g.integers(9, -1), g.integers(0, 1)]),
  },
  { name: 'Pad', shapes: [[2, 3]], dynamic: true, write: (g, x) => g.apply('Pad', [x, g.integers(1, 0, 0, 2)]) },
  { name: 'Pad some axes', shapes: [[2, 3]], write: (g, x) => g.apply('Pad', [x, g.integers(2, 1), undefined, g.integers(1)]) },
  {
    name: 'Gather rows, one twice',
    shapes: [[4, 3]],
    dynamic: true,
    write: (g, x) => g.apply('Gather', [x, g.integers(2, 0, 2)], { axis: 0 }),
  },
  { name: 'Gather columns', shapes: [[2, 4, 3]], write: (g, x) => g.apply('Gather', [x, g.integers(3, 1)], { axis: 1 }) },
  {
    name: 'GatherElements',
    shapes: [[2, 3]],
    write: (g, x) => g.apply('GatherElements', [x, g.constant(tensor('int64', BigInt64Array.of(2n, 2n, 0n, 1n), [2, 2]))], { axis: 1 }),
  },
  {
    name: 'Resize, larger',
    shapes: [[2, 2, 3, 4]],
    dynamic: true,
    write: (g, x) =>
      g.apply('Resize', [x, undefined, undefined, g.integers(2, 2, 7, 9)], {
        mode: 'linear',
        coordinate_transformation_mode: 'half_pixel',
      }),
  },
  {
    name: 'Resize, smaller',
    shapes: [[1, 2, 5, 6]],
    write: (g, x) =>
      g.apply('Resize', [x, undefined, undefined, g.integers(1, 2, 3, 4)], {
        mode: 'linear',
        coordinate_transformation_mode: 'half_pixel',
      }),
  },
  { name: 'Conv 1x1', shapes: [[2, 3, 4, 5], [2, 3, 1, 1], [2]], dynamic: true, write: (g, x, w, b) => g.apply('Conv', [x, w, b]) },
  {
    name: 'Conv 3x3, padded',
    shapes: [[2, 3, 4, 5], [2, 3, 3, 3], [2]],
    dynamic: true,
    write: (g, x, w, b) => g.apply('Conv', [x, w, b], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  },
  {
    name: 'Conv 3x2, dilated, padded unevenly',
    shapes: [
      [1, 2, 6, 5],
      [3, 2, 3, 2],
    ],
    write: (g, x, w) => g.apply('Conv', [x, w], { kernel_shape: [3, 2], pads: [1, 0, 2, 1], dilations: [2, 1] }),
  },
  {
    name: 'attention written out',
    shapes: [
      [2, 3, 4],
      [4, 4],
      [4, 4],
      [4, 4],
    ],
    dynamic: true,
    write: (g, x, ...weights) => {
      const [query, key, value] = weights.map((weight) => g.apply('MatMul', [x, weight])) as [Value, Value, Value]
      const map = g.apply('Softmax', [g.apply('MatMul', [query, g.apply('Transpose', [key], { perm: [0, 2, 1] })])], { axis: -1 })
      return g.apply('MatMul', [map, value])
    },
  },
  {
    name: 'a value used twice',
    shapes: [[3, 3]],
    write: (g, x) => g.apply('Mul', [g.apply('MatMul', [x, x]), g.apply('Add', [x, g.apply('Exp', [x])])]),
  },
]

/** Numbers between low and high that are the same every time. */
function draw(shape: readonly number[], seed: number, [low, high]: readonly [number, number] = [-1.5, 1.5]): Array64 {
  let state = (seed * 2654435761 + 12345) >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return low + ((high - low) * state) / 2 ** 32
  }
  return { shape, data: Float64Array.from({ length: elementCount(shape) }, () => Math.fround(next())) }
}

/** sum(y * cotangent), so that every element of y matters differently. */
function lossOf(g: GraphBuilder, written: Value | Value[], cotangents: readonly Array64[]): Value {
  const parts = [written].flat().map((y, index) => {
    const { shape, data } = cotangents[index]!
    return g.apply('ReduceSum', [g.apply('Mul', [y, g.constant(tensor('float32', Float32Array.from(data), shape))])], { keepdims: 0 })
  })
  return parts.reduce((sum, part) => g.apply('Add', [sum, part]))
}

function build({ shapes, write, dynamic }: Case): { g: GraphBuilder; inputs: Value[]; written: Value | Value[] } {
  const g = createGraphBuilder('case')
  const inputs = shapes.map((shape, index) => {
    const declared = dynamic && index === 0 && shape.length > 0 ? ['n', ...shape.slice(1)] : shape
    return g.input('abcd'[index]!, 'float32', declared)
  })
  return { g, inputs, written: write(g, ...inputs) }
}

const STEP = 1e-5

describe('every operator’s gradient is its central difference in float64, and the engine’s values are the evaluator’s', () => {
  test.each(CASES)('holds for $name', async (of) => {
    const feeds = Object.fromEntries(of.shapes.map((shape, index) => ['abcd'[index]!, draw(shape, index + 1, of.range)]))
    const plain = build(of)
    ;[plain.written].flat().forEach((y, index) => plain.g.output(`y${index}`, y, 'float32', []))
    const outputs = evaluate(plain.g.build(), feeds)
    const cotangents = Object.values(outputs).map(({ shape }, index) => draw(shape, 10 + index))

    const { g, inputs, written } = build(of)
    const loss = lossOf(g, written, cotangents)
    gradients(g, loss, inputs).forEach((gradient, index) => g.output(`grad${index}`, gradient, 'float32', of.shapes[index]!))
    ;[written].flat().forEach((y, index) => g.output(`y${index}`, y, 'float32', outputs[`y${index}`]!.shape))
    await using session = await createSession(encodeModel(g.build()))
    const results = await session.run(
      Object.fromEntries(Object.entries(feeds).map(([name, { shape, data }]) => [name, tensor('float32', Float32Array.from(data), shape)])),
    )

    const scalarLoss = build(of)
    scalarLoss.g.output('loss', lossOf(scalarLoss.g, scalarLoss.written, cotangents), 'float32', [])
    const graph = scalarLoss.g.build()
    const lossAt = (name: string, element: number, change: number): number => {
      const { shape, data } = feeds[name]!
      return evaluate(graph, { ...feeds, [name]: { shape, data: data.with(element, data[element]! + change) } }).loss!.data[0]!
    }
    Object.entries(outputs).forEach(([name, { shape, data }]) => {
      expect(results[name]!.shape).toEqual(shape)
      expect(largestDifference(results[name]!.data as Float32Array, data)).toBeLessThanOrEqual(1e-5)
    })
    Object.entries(feeds).forEach(([name, { shape, data }], index) => {
      const expected = data.map((_, element) => (lossAt(name, element, STEP) - lossAt(name, element, -STEP)) / (2 * STEP))
      const { data: actual, shape: actualShape } = results[`grad${index}`]!
      expect(actualShape, name).toEqual(shape)
      expect(
        expected.some((value) => value !== 0),
        name,
      ).toBe(true)
      const scale = Math.max(1, ...expected.map(Math.abs))
      expect(largestDifference(actual as Float32Array, expected) / scale, name).toBeLessThanOrEqual(1e-5)
    })
  })
})

test('names an operator without a rule', () => {
  const g = createGraphBuilder('attention')
  const x = g.input('x', 'float32', [1, 2, 4])
  const loss = g.apply('ReduceSum', [g.apply('MultiHeadAttention', [x, x, x], { num_heads: 2 })], { keepdims: 0 })
  expect(() => gradients(g, loss, [x])).toThrow(
    expect.objectContaining({ code: 'gradient-unavailable', message: expect.stringContaining('MultiHeadAttention') as string }),
  )
})

test('refuses the gradient of a LayerNorm’s own statistics', () => {
  const g = createGraphBuilder('statistics')
  const [x, scale] = [g.input('x', 'float32', [2, 4]), g.input('scale', 'float32', [4])]
  const [y, mean] = g.applyMany('LayerNormalization', 3, [x, scale], { axis: -1 }) as [Value, Value]
  const loss = g.apply('ReduceSum', [g.apply('Mul', [y, mean])], { keepdims: 0 })
  expect(() => gradients(g, loss, [x])).toThrow(/LayerNormalization_0.*its mean and its spread have no rule/)
})

test('gives zeros for what the loss does not depend on, and passes no gradient through a stop', async () => {
  const g = createGraphBuilder('zeros')
  const [x, y] = [g.input('x', 'float32', ['n']), g.input('y', 'float32', ['n'])]
  const teacher = g.apply('Exp', [x])
  const loss = g.apply('ReduceSum', [g.apply('Mul', [x, teacher])], { keepdims: 0 })
  gradients(g, loss, [x, y], { stopped: [teacher] }).forEach((value, index) => g.output(`grad${index}`, value, 'float32', ['n']))
  await using session = await createSession(encodeModel(g.build()))
  const results = await session.run({ x: tensor('float32', Float32Array.of(0, 1), [2]), y: tensor('float32', Float32Array.of(3, 4), [2]) })
  expect([...(results.grad0!.data as Float32Array)]).toEqual([1, Math.fround(Math.E)])
  expect([...(results.grad1!.data as Float32Array)]).toEqual([0, 0])
})

test('differentiates a gradient again', async () => {
  const g = createGraphBuilder('cube')
  const x = g.input('x', 'float32', [2])
  const cube = g.apply('ReduceSum', [g.apply('Mul', [x, g.apply('Mul', [x, x])])], { keepdims: 0 })
  const [first] = gradients(g, cube, [x])
  const [second] = gradients(g, g.apply('ReduceSum', [first!], { keepdims: 0 }), [x])
  g.output('second', second!, 'float32', [2])
  await using session = await createSession(encodeModel(g.build()))
  const { second: result } = await session.run({ x: tensor('float32', Float32Array.of(2, -3), [2]) })
  expect([...(result!.data as Float32Array)]).toEqual([12, -18])
})
