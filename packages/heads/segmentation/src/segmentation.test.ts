import { sampleFingerprint, sampleTokens } from '@dinokit/conformance'
import {
  findModelCard,
  openHead,
  tensor,
  type AnswerContext,
  type HeadHost,
  type View,
  type Placement,
  type Tensor,
  type Tokens,
} from '@dinokit/core'
import { writeHeadFile } from '@dinokit/head-kit'
import { createRuntime } from '#runtime'
import { describe, expect, test } from 'vitest'
import { ADE20K_CLASSES } from './ade20k-classes.ts'
import { averageViews } from './lib/average-views.ts'
import { segmentation } from './segmentation.ts'
import { VOC2012_CLASSES } from './voc2012-classes.ts'

const card = findModelCard('tiny')
const host: HeadHost = { card, fingerprint: sampleFingerprint(card), heads: {}, runtime: createRuntime() }
const CLASSES = ['a', 'b', 'c', 'd', 'e']
const weights = writeHeadFile({
  description: {
    format: 2,
    task: 'segmentation',
    name: 'test',
    backbone: { dim: 192 },
    input: { layers: [12], norm: true, tokens: ['patches'] },
    network: [{ kind: 'convolution' }],
    output: { kind: 'classes' },
    classes: CLASSES.map((name) => ({ name })),
  },
  tensors: new Map([
    ['network.0.weight', { shape: [5, 192, 1, 1], data: Float32Array.from({ length: 960 }, (_, i) => Math.sin(i * 3.1) / 4) }],
  ]),
})

const size = (width: number, height: number): Placement['source'] => ({ width, height })
const whole: Placement = { source: size(60, 44), resized: size(56, 42), left: 0, top: 0, input: size(56, 42) }
/** Tokens that depend on what is looked at. */
const tokensOf = (placement: View['placement'], source = whole.source): Tokens =>
  sampleTokens(card, { ...placement, source }, {}, placement.input.width + 7 * placement.left + 13 * placement.top)

/** Tokens of the mirrored input: its columns in the other order. */
function mirrored(tokens: Tokens): Tokens {
  const [rows, columns, dim] = tokens.patches.shape as [number, number, number]
  const data = new Float32Array(tokens.patches.data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      data.set(
        tokens.patches.data.subarray((row * columns + column) * dim, (row * columns + column + 1) * dim),
        (row * columns + columns - 1 - column) * dim,
      )
  return { ...tokens, patches: tensor('float32', data, tokens.patches.shape) }
}

describe('views', () => {
  test('changes nothing by a mirrored view of the same image', async () => {
    await using head = await openHead(segmentation({ weights }), host)
    const tokens = tokensOf(whole)
    const plain = await head.run(tokens)
    const asked: View[] = []
    const embedView = async (of: View): Promise<Tokens> => {
      asked.push(of)
      return of.flip ? mirrored(tokensOf(of.placement)) : tokensOf(of.placement)
    }
    const flipped = await head.run(tokens, { flip: true }, { embedView })
    expect(asked).toEqual([{ placement: whole, flip: true }])
    expect(flipped.labels.data.filter((label, i) => label !== plain.labels.data[i]).length).toBeLessThan(60 * 44 * 0.01)
  })

  test('averages the probabilities of views at several scales, pixel by pixel', async () => {
    const logitsOf = new Map<number, Tensor>()
    const run = async (tokens: Tokens): Promise<Tensor> => {
      const [rows, columns] = tokens.patches.shape as [number, number, number]
      const logits = tensor(
        'float32',
        Float32Array.from({ length: 5 * rows * columns }, (_, i) => 3 * Math.sin(i * 1.3 + columns)),
        [5, rows, columns],
      )
      logitsOf.set(columns, logits)
      return logits
    }
    const context: AnswerContext = { embedView: async ({ placement }) => tokensOf(placement) }
    const { labels } = await averageViews(tokensOf(whole), context, run, { flip: false, scales: [1, 2], patch: 14 })
    expect([...logitsOf.keys()]).toEqual([4, 8])
    for (let y = 0; y < 44; y++) {
      for (let x = 0; x < 60; x++) {
        const sums = [0, 0, 0, 0, 0]
        for (const logits of logitsOf.values()) {
          const values = CLASSES.map((_, index) => plainValue(logits, index, (x + 0.5) / 60, (y + 0.5) / 44))
          const powers = values.map(Math.exp)
          const total = powers.reduce((a, b) => a + b)
          powers.forEach((power, index) => (sums[index]! += power / total))
        }
        expect(Math.max(...sums) - sums[labels.data[y * 60 + x]!]!).toBeLessThan(1e-5)
      }
    }
  })

  test('cover the image with a sliding window, and are averaged where they overlap', async () => {
    await using head = await openHead(segmentation({ weights }), host)
    const source = size(140, 70)
    const windows: string[] = []
    const embedView = async ({ placement }: View): Promise<Tokens> => {
      windows.push(`${placement.left},${placement.top}`)
      expect([placement.resized, placement.input]).toEqual([source, size(70, 70)])
      // Every window sees the same at the same place: tokens of the whole, cut.
      return cut(sampleTokens(card, { source, resized: source, left: 0, top: 0, input: source }), placement.left / 14, 5)
    }
    const tokens = tokensOf({ ...whole, left: 0 }, source)
    const { logits, labels } = await head.run(tokens, { slide: { window: 70, stride: 42 } }, { embedView })
    expect(windows).toEqual(['0,0', '42,0', '70,0'])
    const direct = await head.run(sampleTokens(card, { source, resized: source, left: 0, top: 0, input: source }))
    expect(logits.shape).toEqual([5, 5, 10])
    logits.data.forEach((value, i) => expect(value).toBeCloseTo(direct.logits.data[i]!, 4))
    expect(labels.shape).toEqual([70, 140])
    await expect(head.run(tokens, { slide: { window: 71 } }, { embedView })).rejects.toMatchObject({ code: 'invalid-option' })
  })

  test('need the image', async () => {
    await using head = await openHead(segmentation({ weights }), host)
    for (const options of [{ flip: true }, { scales: [1, 2] }, { slide: {} }])
      await expect(head.run(tokensOf(whole), options)).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(head.run(tokensOf(whole), { scales: [0] })).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

test('gives the probability of every pixel’s label as confidence', async () => {
  await using head = await openHead(segmentation({ weights }), host)
  const { confidence, classes, labels, logits } = await head.run(tokensOf(whole), { confidence: true })
  expect(confidence!.shape).toEqual([44, 60])
  const [, rows, columns] = logits.shape as [number, number, number]
  const plane = rows * columns
  const probabilities = tensor('float32', logits.data.slice(), logits.shape)
  for (let cell = 0; cell < plane; cell++) {
    const powers = CLASSES.map((_, index) => Math.exp(logits.data[index * plane + cell]!))
    const total = powers.reduce((a, b) => a + b)
    powers.forEach((power, index) => (probabilities.data[index * plane + cell] = power / total))
  }
  for (let y = 0; y < 44; y++)
    for (let x = 0; x < 60; x++)
      expect(confidence!.data[y * 60 + x]).toBeCloseTo(
        plainValue(probabilities, labels.data[y * 60 + x]!, (x + 0.5) / 60, (y + 0.5) / 44),
        5,
      )
  expect(classes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6)
  expect(classes.every(({ confidence, color }) => confidence > 0 && confidence <= 1 && color!.length === 3)).toBe(true)
})

test('lists of classes: their lengths, no name twice', () => {
  expect([ADE20K_CLASSES.length, VOC2012_CLASSES.length]).toEqual([150, 21])
  expect(new Set(ADE20K_CLASSES.map(({ name }) => name)).size).toBe(150)
  expect(ADE20K_CLASSES.every(({ color }) => color!.length === 3)).toBe(true)
})

function plainValue(map: Tensor, channel: number, u: number, v: number): number {
  const [, rows, columns] = map.shape as [number, number, number]
  const gx = Math.min(Math.max(u * columns - 0.5, 0), columns - 1)
  const gy = Math.min(Math.max(v * rows - 0.5, 0), rows - 1)
  const at = (row: number, column: number): number =>
    map.data[(channel * rows + Math.min(row, rows - 1)) * columns + Math.min(column, columns - 1)]!
  const [i, j] = [Math.floor(gy), Math.floor(gx)]
  const [t, s] = [gy - i, gx - j]
  return (1 - t) * ((1 - s) * at(i, j) + s * at(i, j + 1)) + t * ((1 - s) * at(i + 1, j) + s * at(i + 1, j + 1))
}

function cut(tokens: Tokens, first: number, width: number): Tokens {
  const [rows, columns, dim] = tokens.patches.shape as [number, number, number]
  const data = new Float32Array(rows * width * dim)
  for (let row = 0; row < rows; row++)
    data.set(tokens.patches.data.subarray((row * columns + first) * dim, (row * columns + first + width) * dim), row * width * dim)
  return { ...tokens, patches: tensor('float32', data, [rows, width, dim]) }
}
