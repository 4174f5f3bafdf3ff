import { tensor, type AnyTensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, gradients, type GraphBuilder, type Value } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { largestDifference } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { gradientLoss, sigLoss } from '../dense/depth-losses.ts'
import { binaryCrossEntropy, cosineLoss, crossEntropy, l1Loss, mseLoss, smoothL1, softCrossEntropy } from './losses.ts'

const N = 4
const C = 5
/** Numbers that are the same every time, -2 to 2. */
const draw = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 2 * Math.sin(12.9898 * (i + 1) * seed + seed))
const LABELS = [3, 255, 0, 4]
const WEIGHTS = [1, 2, 0.5, 1.5, 3]
const PROBABILITIES = Float32Array.from(draw(N * C, 3), (value, i) => (i < C ? 0 : Math.abs(value)))
const BITS = Float32Array.from(draw(N * C, 5), (value) => Number(value > -1))
const TARGETS = draw(N * C, 7)
const METERS = TARGETS.map((value) => 2.5 + value)

const sum = (length: number, f: (index: number) => number): number => Array.from({ length }, (_, i) => f(i)).reduce((a, b) => a + b, 0)
const row = (x: Float64Array, n: number): Float64Array => x.subarray(n * C, (n + 1) * C)
const logSoftmax = (x: Float64Array): Float64Array => {
  const size = Math.log(x.reduce((all, value) => all + Math.exp(value), 0))
  return x.map((value) => value - size)
}

interface Case {
  readonly name: string
  /** Where x is drawn from; default -2 to 2. */
  readonly x?: Float32Array
  readonly shape?: readonly number[]
  write(g: GraphBuilder, x: Value): Value
  /** The same loss in float64, written from its formula. */
  reference(x: Float64Array): number
}

const constant = (g: GraphBuilder, data: Float32Array, shape: readonly number[] = [N, C]): Value =>
  g.constant(tensor('float32', data, shape))
const labels = (g: GraphBuilder): Value => g.constant(tensor('int64', BigInt64Array.from(LABELS, BigInt), [N]))

const smoothed =
  (smoothing: number, weights: readonly number[]) =>
  (x: Float64Array): number => {
    const known = [0, 2, 3]
    const weight = sum(known.length, (i) => weights[LABELS[known[i]!]!]!)
    const each = known.map((n) => {
      const logs = logSoftmax(row(x, n))
      const hard = weights[LABELS[n]!]! * logs[LABELS[n]!]!
      return (1 - smoothing) * hard + (smoothing / C) * sum(C, (c) => weights[c]! * logs[c]!)
    })
    return -sum(each.length, (i) => each[i]!) / weight
  }

const difference = (x: Float64Array, i: number): number => Math.log(x[i]! + 1e-3) - Math.log(METERS[i]! + 1e-3)

const CASES: readonly Case[] = [
  {
    name: 'cross-entropy with an ignored label',
    write: (g, x) => crossEntropy(g, x, labels(g), { classes: C }),
    reference: smoothed(0, [1, 1, 1, 1, 1]),
  },
  {
    name: 'cross-entropy, smoothed and weighted',
    write: (g, x) =>
      crossEntropy(g, x, labels(g), { classes: C, smoothing: 0.1, weights: tensor('float32', Float32Array.from(WEIGHTS), [C]) }),
    reference: smoothed(0.1, WEIGHTS),
  },
  {
    name: 'cross-entropy with probabilities, one row unknown',
    write: (g, x) => softCrossEntropy(g, x, constant(g, PROBABILITIES)),
    reference: (x) => {
      const of = sum(N, (n) => sum(C, (c) => PROBABILITIES[n * C + c]! * logSoftmax(row(x, n))[c]!))
      return -of / sum(N * C, (i) => PROBABILITIES[i]!)
    },
  },
  {
    name: 'binary cross-entropy',
    write: (g, x) => binaryCrossEntropy(g, x, constant(g, BITS)),
    reference: (x) => sum(N * C, (i) => -Math.log(1 / (1 + Math.exp(BITS[i] ? -x[i]! : x[i]!)))) / (N * C),
  },
  {
    name: 'mean square',
    write: (g, x) => mseLoss(g, x, constant(g, TARGETS)),
    reference: (x) => sum(N * C, (i) => (x[i]! - TARGETS[i]!) ** 2) / (N * C),
  },
  {
    name: 'mean absolute, masked',
    write: (g, x) => l1Loss(g, x, constant(g, TARGETS), constant(g, BITS)),
    reference: (x) => sum(N * C, (i) => BITS[i]! * Math.abs(x[i]! - TARGETS[i]!)) / sum(N * C, (i) => BITS[i]!),
  },
  {
    name: 'smooth L1',
    write: (g, x) => smoothL1(g, x, constant(g, TARGETS)),
    reference: (x) =>
      sum(N * C, (i) => {
        const size = Math.abs(x[i]! - TARGETS[i]!)
        return size < 1 ? size ** 2 / 2 : size - 0.5
      }) /
      (N * C),
  },
  {
    name: 'cosine',
    write: (g, x) => cosineLoss(g, x, constant(g, TARGETS)),
    reference: (x) =>
      1 -
      sum(N, (n) => {
        const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => sum(C, (c) => a[n * C + c]! * b[n * C + c]!)
        return dot(x, TARGETS) / Math.sqrt(dot(x, x) * dot(TARGETS, TARGETS))
      }) /
        N,
  },
  {
    name: 'SigLoss',
    x: draw(N * C, 2).map((value) => 2.5 + value),
    shape: [1, N, C],
    write: (g, x) => sigLoss(g, x, constant(g, METERS, [1, N, C]), constant(g, BITS, [1, N, C])),
    reference: (x) => {
      const known = Array.from(x.keys()).filter((i) => BITS[i])
      const mean = sum(known.length, (i) => difference(x, known[i]!)) / known.length
      const variance = sum(known.length, (i) => (difference(x, known[i]!) - mean) ** 2) / (known.length - 1)
      return Math.sqrt(variance + 0.15 * mean ** 2)
    },
  },
  {
    name: 'gradient loss',
    x: draw(N * C, 2).map((value) => 2.5 + value),
    shape: [1, N, C],
    write: (g, x) => gradientLoss(g, x, constant(g, METERS, [1, N, C]), { mask: constant(g, BITS, [1, N, C]), size: [N, C] }),
    reference: (x) => {
      const at = (stride: number, y: number, z: number): number => y * stride * C + z * stride
      return [1, 2, 4, 6]
        .map((stride) => {
          const [rows, columns] = [Math.ceil(N / stride), Math.ceil(C / stride)]
          const pair = (i: number, j: number): number => (BITS[i] && BITS[j] ? Math.abs(difference(x, i) - difference(x, j)) : 0)
          const down = sum(Math.max(rows - 2, 0), (y) => sum(columns, (z) => pair(at(stride, y, z), at(stride, y + 2, z))))
          const across = sum(rows, (y) => sum(Math.max(columns - 2, 0), (z) => pair(at(stride, y, z), at(stride, y, z + 2))))
          return (
            (down + across) /
            Math.max(
              sum(rows, (y) => sum(columns, (z) => BITS[at(stride, y, z)]!)),
              1,
            )
          )
        })
        .reduce((a, b) => a + b)
    },
  },
]

describe('losses and their gradients are those of their formulas in float64', () => {
  test.each(CASES)('holds for $name', async ({ x: given, shape = [N, C], write, reference }) => {
    const data = given ?? draw(N * C, 1)
    const g = createGraphBuilder('loss')
    const x = g.input('x', 'float32', shape)
    const loss = write(g, x)
    g.output('loss', loss, 'float32', [])
    g.output('gradient', gradients(g, loss, [x])[0]!, 'float32', shape)
    await using session = await createSession(encodeModel(g.build()))
    const results = await session.run({ x: tensor('float32', data, shape) })
    const exact = Float64Array.from(data)
    expect(Math.abs(Number(results.loss!.data[0]) - reference(exact))).toBeLessThanOrEqual(2e-6 * Math.max(1, reference(exact)))
    const slope = (i: number): number => {
      const moved = (by: number): number => reference(exact.with(i, exact[i]! + by))
      return (moved(1e-6) - moved(-1e-6)) / 2e-6
    }
    expect(
      largestDifference(
        results.gradient!.data as Float32Array,
        Float64Array.from(exact, (_, i) => slope(i)),
      ),
    ).toBeLessThanOrEqual(1e-5)
  })

  test('holds for a batch without any label: a loss of 0 and no gradient', async () => {
    const g = createGraphBuilder('ignored')
    const x = g.input('x', 'float32', [N, C])
    const none = g.constant(tensor('int64', new BigInt64Array(N).fill(255n), [N]))
    const loss = crossEntropy(g, x, none, { classes: C })
    g.output('loss', loss, 'float32', [])
    g.output('gradient', gradients(g, loss, [x])[0]!, 'float32', [N, C])
    await using session = await createSession(encodeModel(g.build()))
    const results: Record<string, AnyTensor> = await session.run({ x: tensor('float32', draw(N * C, 1), [N, C]) })
    expect(Math.abs(Number(results.loss!.data[0]))).toBe(0)
    expect((results.gradient!.data as Float32Array).every((value) => Math.abs(value) === 0)).toBe(true)
  })
})
