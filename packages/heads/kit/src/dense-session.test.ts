import { sampleFingerprint, sampleTokens } from '@dinokit/conformance'
import { findModelCard, tensor, type ModelCard, type Tokens } from '@dinokit/core'
import { createRuntime } from '#runtime'
import { expect, test } from 'vitest'
import { createDenseSession, describeNeeds } from './dense-session.ts'
import type { HeadDescription, HeadFile, HeadStep, HeadTensor } from './head-file.ts'

// The network of a head file against its definition, computed step by step in float64 and without folding anything.

const tiny = findModelCard('tiny')
const card: ModelCard = { ...tiny, architecture: { ...tiny.architecture, dim: 6, depth: 3, heads: 1 } }
const size = { width: 56, height: 42 }
const [ROWS, COLUMNS] = [3, 4]

let state = 1
const random = (low: number, high: number, ...shape: number[]): HeadTensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return low + ((high - low) * (state / 2 ** 31 + 1)) / 2
  }),
})
const norm = (index: number, channels: number): [string, HeadTensor][] => [
  [`network.${index}.weight`, random(0.5, 2, channels)],
  [`network.${index}.bias`, random(-1, 1, channels)],
  [`network.${index}.running_mean`, random(-1, 1, channels)],
  [`network.${index}.running_var`, random(0.1, 2, channels)],
]
const convolution = (index: number, out: number, input: number, kernel: number): [string, HeadTensor][] => [
  [`network.${index}.weight`, random(-0.5, 0.5, out, input, kernel, kernel)],
  [`network.${index}.bias`, random(-0.5, 0.5, out)],
]

/** [channels][rows][columns] */
type Map3 = number[][][]

function inputOf(tokens: Tokens, layers: readonly number[], cls: boolean): Map3 {
  return layers.flatMap((layer) => {
    const of = tokens.rawLayers[layer]!
    const plane = (value: (row: number, column: number) => number): number[][] =>
      Array.from({ length: ROWS }, (_, row) => Array.from({ length: COLUMNS }, (_, column) => value(row, column)))
    const dim = card.architecture.dim
    const patches = Array.from({ length: dim }, (_, i) => plane((row, column) => of.patches.data[(row * COLUMNS + column) * dim + i]!))
    return cls ? [...patches, ...Array.from({ length: dim }, (_, i) => plane(() => of.cls.data[i]!))] : patches
  })
}

function applyPlainly(x: Map3, step: HeadStep, read: (parameter: string) => HeadTensor): Map3 {
  if (step.kind === 'relu') return x.map((plane) => plane.map((row) => row.map((value) => Math.max(value, 0))))
  if (step.kind === 'batchnorm') {
    const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((name) => read(name).data)
    return x.map((plane, c) =>
      plane.map((row) => row.map((value) => ((value - mean![c]!) / Math.sqrt(variance![c]! + 1e-5)) * weight![c]! + bias![c]!)),
    )
  }
  const { shape, data } = read('weight')
  const [out, input, kernel] = shape as [number, number, number]
  const pad = (kernel - 1) / 2
  return Array.from({ length: out }, (_, o) =>
    x[0]!.map((row, r) =>
      row.map((_, c) => {
        let sum = read('bias').data[o]!
        for (let i = 0; i < input; i++)
          for (let dy = 0; dy < kernel; dy++)
            for (let dx = 0; dx < kernel; dx++)
              sum += (x[i]![r + dy - pad]?.[c + dx - pad] ?? 0) * data[((o * input + i) * kernel + dy) * kernel + dx]!
        return sum
      }),
    ),
  )
}

async function compare(
  description: Omit<HeadDescription, 'format' | 'name' | 'backbone'>,
  tensors: [string, HeadTensor][],
  decode: (x: Map3) => Map3,
): Promise<void> {
  const head: HeadFile = { description: { format: 2, name: 'test', backbone: { dim: 6 }, ...description }, tensors: new Map(tensors) }
  const { layers, tokens: kinds } = description.input
  const tokens = sampleTokens(card, { source: size, resized: size, left: 0, top: 0, input: size }, { rawLayers: layers })
  const session = await createDenseSession({ card, fingerprint: sampleFingerprint(card), heads: {}, runtime: createRuntime() }, head)
  const { data, shape } = await session.run(tokens)
  await session.dispose()
  let x = inputOf(tokens, layers, kinds.includes('cls'))
  description.network.forEach(
    (step, index) => (x = applyPlainly(x, step, (parameter) => head.tensors.get(`network.${index}.${parameter}`)!)),
  )
  const expected = decode(x)
  expect(shape).toEqual([expected.length, expected[0]!.length, expected[0]![0]!.length])
  expected.flat(2).forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value))))
}

test('runs 1x1, BatchNorm, ReLU, 3x3, BatchNorm, ReLU, 1x1, on two layers with their class tokens', async () => {
  await compare(
    {
      task: 'segmentation',
      input: { layers: [1, 3], norm: false, tokens: ['patches', 'cls'] },
      network: (['convolution', 'batchnorm', 'relu', 'convolution', 'batchnorm', 'relu', 'convolution'] as const).map((kind) => ({ kind })),
      output: { kind: 'classes' },
    },
    [...convolution(0, 5, 24, 1), ...norm(1, 5), ...convolution(3, 4, 5, 3), ...norm(4, 4), ...convolution(6, 3, 4, 1)],
    (x) => x,
  )
})

test('runs BatchNorm first: before a 1x1 convolution, and before a 3x3 one, whose padding is not normalized', async () => {
  for (const kernel of [1, 3]) {
    await compare(
      {
        task: 'segmentation',
        input: { layers: [2], norm: false, tokens: ['patches'] },
        network: [{ kind: 'batchnorm' }, { kind: 'convolution' }],
        output: { kind: 'classes' },
      },
      [...norm(0, 6), ...convolution(1, 3, 6, kernel)],
      (x) => x,
    )
  }
})

test('reads what the class token attends to, head by head, as multiples of even attention', async () => {
  const wide: ModelCard = { ...card, architecture: { ...card.architecture, heads: 2, registers: 1 } }
  const patches = ROWS * COLUMNS
  const count = 2 + patches
  const layers = [3, 1]
  const sample = sampleTokens(wide, { source: size, resized: size, left: 0, top: 0, input: size }, { attention: layers })
  const attention = Object.fromEntries(
    layers.map((layer) => [layer, tensor('float32', random(0, 1, 2, count, count).data, [2, count, count])]),
  )
  const head: HeadFile = {
    description: {
      format: 2,
      name: 'test',
      task: 'segmentation',
      backbone: { dim: 6, heads: 2 },
      input: { layers, norm: true, tokens: ['attention'] },
      network: [{ kind: 'convolution' }],
      output: { kind: 'classes' },
    },
    tensors: new Map(convolution(0, 3, 4, 3)),
  }
  expect(describeNeeds(head.description.input, 3)).toEqual({ attention: layers })
  const session = await createDenseSession({ card: wide, fingerprint: sampleFingerprint(wide), heads: {}, runtime: createRuntime() }, head)
  const { data } = await session.run({ ...sample, attention })
  await session.dispose()
  const x: Map3 = layers.flatMap((layer) =>
    [0, 1].map((of) =>
      Array.from({ length: ROWS }, (_, row) =>
        Array.from({ length: COLUMNS }, (_, column) => {
          // Row 0 of the map is the class token’s; before the patches come the class token and a register.
          return attention[layer]!.data[of * count * count + 2 + row * COLUMNS + column]! * patches
        }),
      ),
    ),
  )
  const expected = applyPlainly(x, { kind: 'convolution' }, (parameter) => head.tensors.get(`network.0.${parameter}`)!)
  expected.flat(2).forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value))))
})

test('answers with depth by bins, and by its logarithm', async () => {
  const input = { layers: [2], norm: false, tokens: ['patches'] as const }
  const bins = Array.from({ length: 8 }, (_, i) => 0.5 + (i * 9.5) / 7)
  await compare(
    { task: 'depth', input, network: [{ kind: 'convolution' }], output: { kind: 'bins', min: 0.5, max: 10 } },
    convolution(0, 8, 6, 1),
    (x) => [
      x[0]!.map((row, r) =>
        row.map((_, c) => {
          const positive = x.map((plane) => Math.max(plane[r]![c]!, 0) + 0.1)
          const total = positive.reduce((a, b) => a + b)
          return positive.reduce((sum, value, i) => sum + (value / total) * bins[i]!, 0)
        }),
      ),
    ],
  )
  await compare(
    { task: 'depth', input, network: [{ kind: 'convolution' }], output: { kind: 'log', min: 0.5, max: 10 } },
    convolution(0, 1, 6, 1),
    (x) => [x[0]!.map((row) => row.map(Math.exp))],
  )
})
