import { toFloat16 } from '@dinokit/checkpoint'
import { fingerprintOf, findModelCard, openHead, tensor, type Placement, type Tensor } from '@dinokit/core'
import { createMemoryStore, type Store, type StoreLayout, type StoreRow } from '@dinokit/store'
import { fitLogistic, takeExamples, trainDenseHead, withMirrored, writeHeadModel, type HeadModel } from '../index.ts'
import type { HeadInput } from '@dinokit/head-kit'
import { segmentation } from '@dinokit/head-segmentation'
import { classification, createRuntime } from 'dinokit'
import { expect, test } from 'vitest'
import { assertAnnotationSize, assertLabels, assertReadings, depthTarget, segmentationTarget, cropAnnotation } from './annotation.ts'
import { evaluateClassification, evaluateSegmentation } from './evaluate-head.ts'
import { trainClassifier } from './classifier/train-classifier.ts'
import { readClassification } from './read-classification.ts'
import { assertEveryClass, splitByShare } from './split-examples.ts'
import { storedDenseExamples, type AnnotatedRow } from './stored-dense-examples.ts'
import { storedTokens } from './stored-tokens.ts'

const { dim, depth, heads } = findModelCard('tiny').architecture
const [ROWS, COLUMNS] = [2, 3]
const NAMES = ['one', 'two', 'three']
const runtime = createRuntime()

const LAYOUT: StoreLayout = {
  version: 1,
  fingerprint: fingerprintOf({ card: findModelCard('tiny'), digest: 'ab12', precision: 'float32' }, 'mean0-std1'),
  size: { width: 42, height: 28 },
  dtype: 'float32',
  tensors: {
    cls: [dim],
    patchMean: [dim],
    patches: [ROWS, COLUMNS, dim],
    'layer9.cls': [dim],
    'layer9.patches': [ROWS, COLUMNS, dim],
  },
}
const WHOLE: Placement = {
  source: { width: 6, height: 4 },
  resized: { width: 42, height: 28 },
  left: 0,
  top: 0,
  input: { width: 42, height: 28 },
}

/** Numbers that say their class: channel c is 1 where the class is c, with waves over it. */
function tokensOf(shape: readonly number[], number: number, classOf: (vector: number) => number): Tensor {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    const [vector, channel] = [Math.floor(i / dim), i % dim]
    return Number(channel === classOf(vector)) + 0.1 * Math.sin(number * 12.9898 + i * 78.233)
  })
  return tensor('float32', data, shape)
}

/** The class of a patch of an image. */
const patchClass = (number: number, patch: number): number => (number + patch) % 3

function rowOf(number: number, changes: Partial<StoreRow> = {}): StoreRow {
  const of = (name: string, shape: readonly number[]): Tensor =>
    tokensOf(shape, number + name.length, (vector) => (name.includes('patches') ? patchClass(number, vector) : number % 3))
  return {
    id: `p${number}`,
    source: `p${number}.png`,
    hash: number.toString(16).padStart(64, '0'),
    label: NAMES[number % 3]!,
    split: number % 4 === 0 ? 'val' : 'train',
    placement: WHOLE,
    tensors: Object.fromEntries(Object.entries(LAYOUT.tensors).map(([name, shape]) => [name, of(name, shape)])),
    ...changes,
  }
}

async function storeOf(count: number, changes: (number: number) => Partial<StoreRow> = () => ({}), layout = LAYOUT): Promise<Store> {
  const store = createMemoryStore(layout)
  await store.append(Array.from({ length: count }, (_, number) => rowOf(number, changes(number))))
  return store
}

/** A damaged store, whose reads give NaN. */
function damaged(store: Store, part: string, row: number): Store {
  const spoil = <T extends { readonly tensors: Readonly<Record<string, Tensor | Tensor<'float16'>>>; readonly length: number }>(
    batch: T,
  ): T => {
    const found = batch.tensors[part]
    if (found && row < batch.length) found.data[row * (found.data.length / batch.length)] = found.dtype === 'float16' ? 0x7e00 : NaN
    return batch
  }
  return {
    ...store,
    get: async (ids, options) => spoil(await store.get(ids, options)),
    getStored: async (ids, options) => spoil(await store.getStored(ids, options)),
    async *iterate(options) {
      for await (const batch of store.iterate(options)) yield spoil(batch)
    },
  }
}

test('class tokens of every stored layer, the mean and the labels; rows without a label are left out', async () => {
  await using store = await storeOf(10, (number) => (number === 5 ? { label: undefined as never } : {}))
  const { examples, layers, unlabeled } = await readClassification(store, { depth })
  expect([layers, unlabeled, examples.classes]).toEqual([[9, depth], 1, ['one', 'three', 'two']])
  expect([...examples.labels]).toEqual([0, 2, 1, 0, 2, 0, 2, 1, 0])
  const { tensors } = rowOf(7)
  const width = 2 * dim
  expect(examples.cls.slice(6 * width, 7 * width)).toEqual(Float32Array.of(...tensors['layer9.cls']!.data, ...tensors.cls!.data))
  expect(examples.mean!.slice(6 * dim, 7 * dim)).toEqual(tensors.patchMean!.data)
  expect((await readClassification(store, { depth, split: 'val' })).examples.labels).toHaveLength(3)
  for (const [options, code] of [
    [{ depth, layers: [3] }, 'tensor-missing'],
    [{ depth, split: 'nobody' }, 'label-invalid'],
    [{ depth, classes: ['one'] }, 'label-invalid'],
  ] as const)
    await expect(readClassification(store, options)).rejects.toMatchObject({ code })
})

test('gives mirrored images as examples of their own, with the classes of the images', async () => {
  const mirrored = Object.entries(LAYOUT.tensors).map(([name, shape]) => [`mirrored.${name}`, shape] as const)
  await using store = createMemoryStore({ ...LAYOUT, tensors: { ...LAYOUT.tensors, ...Object.fromEntries(mirrored) } })
  const row = (number: number): StoreRow => {
    const of = rowOf(number)
    const others = mirrored.map(([name, shape]) => [name, tokensOf(shape, 100 + number, () => number % 3)] as const)
    return { ...of, tensors: { ...of.tensors, ...Object.fromEntries(others) } }
  }
  await store.append([0, 1, 2, 3].map(row))
  const { examples } = await readClassification(store, { depth, mirrored: true })
  const { labels, cls, mean } = withMirrored(takeExamples(examples, [3, 1]))
  expect([...labels]).toEqual([0, 2, 0, 2])
  const { tensors } = row(1)
  const width = 2 * dim
  expect(cls.slice(width, 2 * width)).toEqual(Float32Array.of(...tensors['layer9.cls']!.data, ...tensors.cls!.data))
  expect(cls.slice(3 * width)).toEqual(Float32Array.of(...tensors['mirrored.layer9.cls']!.data, ...tensors['mirrored.cls']!.data))
  expect(mean!.slice(3 * dim)).toEqual(tensors['mirrored.patchMean']!.data)

  const plain = (await readClassification(store, { depth })).examples
  expect([plain.mirrored, withMirrored(plain)]).toEqual([undefined, plain])
  await using without = await storeOf(4)
  const missing = { code: 'tensor-missing', message: expect.stringContaining('mirrored') as string }
  await expect(readClassification(without, { depth, mirrored: true })).rejects.toMatchObject(missing)
})

test('names by their row tokens that are not finite', async () => {
  await using store = await storeOf(6)
  const message = /p3 has NaN/
  await expect(readClassification(damaged(store, 'layer9.cls', 3), { depth })).rejects.toMatchObject({ code: 'tensor-invalid', message })
  await expect(readClassification(damaged(store, 'patchMean', 3), { depth })).rejects.toMatchObject({ code: 'tensor-invalid', message })
  for (const dtype of ['float32', 'float16'] as const) {
    await using patches = await storeOf(6, undefined, { ...LAYOUT, dtype })
    const { rows } = await patches.get(['p1', 'p3'])
    const dense = storedDenseExamples(damaged(patches, 'layer9.patches', 1), {
      rows,
      layers: [9],
      depth,
      width: 1,
      target: () => new Float32Array(6),
    })
    await expect(dense.read([0, 1])).rejects.toMatchObject({ code: 'tensor-invalid', message })
  }
})

test('holds a share of every class back, the same for the same seed', async () => {
  const groups = Array.from({ length: 50 }, (_, index) => (index < 40 ? 0 : 1))
  const { rest, held } = splitByShare(groups, 0.2, 7)
  expect([rest.length, held.filter((index) => index < 40).length, held.filter((index) => index >= 40).length]).toEqual([40, 8, 2])
  expect([...rest, ...held].sort((a, b) => a - b)).toEqual([...groups.keys()])
  expect(splitByShare(groups, 0.2, 7)).toEqual({ rest, held })
  expect(splitByShare(groups, 0.2, 8).held).not.toEqual(held)
  await using store = await storeOf(9)
  const { examples } = await readClassification(store, { depth })
  const part = takeExamples(examples, [4, 1])
  expect([[...part.labels], part.cls.slice(0, 4)]).toEqual([[2, 2], examples.cls.slice(4 * 2 * dim, 4 * 2 * dim + 4)])
  expect(() => assertEveryClass(examples, 'training')).not.toThrow()
  expect(() => assertEveryClass(part, 'training')).toThrow(expect.objectContaining({ code: 'label-invalid' }))
})

test('crops annotations to what the input shows, and rejects what does not fit', () => {
  const map = { data: Uint8Array.from({ length: 24 }, (_, i) => i), size: [4, 6] as const }
  // The right two thirds of the image, and as much padding below it as half of it.
  const placement: Placement = { ...WHOLE, resized: { width: 63, height: 28 }, left: 21, top: 0, input: { width: 42, height: 42 } }
  expect(cropAnnotation(map, placement, 255)).toEqual({
    size: [6, 4],
    data: Uint8Array.of(2, 3, 4, 5, 8, 9, 10, 11, 14, 15, 16, 17, 20, 21, 22, 23, ...Array(8).fill(255)),
  })
  expect(cropAnnotation(map, { ...WHOLE, left: -21, input: { width: 63, height: 28 } }, 99).data.slice(0, 10)).toEqual(
    Uint8Array.of(99, 99, 99, 0, 1, 2, 3, 4, 5, 99),
  )
  expect(cropAnnotation(map, WHOLE, 255)).toEqual(map)
  expect(() => assertAnnotationSize({ ...map, size: [6, 4] }, WHOLE, 'p')).toThrow(expect.objectContaining({ code: 'label-invalid' }))
  const labels = { classes: 2, ignore: new Set([0, 255]) }
  const small = { data: Uint8Array.of(0, 0, 1, 255, 1, 1, 0, 255), size: [2, 4] as const }
  expect(assertLabels(small, 'p', labels)).toEqual(new Set([1]))
  expect([...segmentationTarget(small, { ...WHOLE, source: { width: 4, height: 2 } }, [1, 2], labels)]).toEqual([0, 1, 0, 1])
  expect(() => assertLabels(map, 'p', labels)).toThrow(/has the label 2/)
  expect(() => assertLabels({ data: Uint8Array.of(0, 255), size: [1, 2] }, 'p', labels)).toThrow(/Every pixel of the label map/)
  const meters = { data: Float32Array.of(0, 1, 3, NaN), size: [2, 2] as const }
  expect(assertReadings(meters, 'p')).toEqual([1, 3])
  expect([...depthTarget(meters, { ...WHOLE, source: { width: 2, height: 2 } }, [1, 2])]).toEqual([3, 1])
  expect(() => assertReadings({ data: Float32Array.of(0), size: [1, 1] }, 'p')).toThrow(expect.objectContaining({ code: 'label-invalid' }))
})

const describeHead = (
  task: 'classification' | 'segmentation',
  layers: readonly number[],
  tokens: HeadInput['tokens'] = [task === 'classification' ? 'cls' : 'patches'],
): Parameters<typeof writeHeadModel>[1] => ({
  task,
  name: 'test',
  backbone: { ...LAYOUT.fingerprint, dim, heads },
  input: { layers, norm: true, tokens },
  classes: NAMES.map((name) => ({ name })),
  card: {},
})
const host = { card: findModelCard('tiny'), fingerprint: LAYOUT.fingerprint, runtime }

test('evaluates a classifier on its answers for stored rows, and refuses one of another model', async () => {
  await using store = await storeOf(24)
  const { examples, layers } = await readClassification(store, { depth, classes: NAMES, split: 'train' })
  const { head } = await fitLogistic(runtime, examples, examples, { strengths: [1], features: { layers: 2, mean: false } })
  const weights = writeHeadModel(head, describeHead('classification', layers))
  await using open = await openHead(classification({ weights }), host)
  const rows = storedTokens(store, ['p0', 'p4', 'p8', 'p11'], { layers, tokens: ['cls'] }, depth)
  expect(await evaluateClassification(open, rows, NAMES)).toMatchObject({
    top1: 1,
    confusion: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 2],
    ],
  })
  const strange = storedTokens(store, ['p0'], { layers, tokens: ['cls'] }, depth)
  await expect(evaluateClassification(open, strange, ['two', 'three'])).rejects.toMatchObject({ code: 'label-invalid' })
  const other = openHead(classification({ weights }), { ...host, fingerprint: { ...LAYOUT.fingerprint, weights: 'cd34' } })
  await expect(other).rejects.toMatchObject({ code: 'fingerprint-mismatch' })
})

/** The label map of an image: every patch is two pixels wide and two high. */
const labelsOf = async ({ id }: { readonly id: string }): Promise<{ data: Uint8Array; size: [number, number] }> => ({
  data: Uint8Array.from({ length: 24 }, (_, pixel) =>
    patchClass(Number(id.slice(1)), Math.floor(pixel / 12) * COLUMNS + Math.floor((pixel % 6) / 2)),
  ),
  size: [4, 6],
})

test('evaluates a segmentation head on its answers for stored patches', async () => {
  await using store = await storeOf(24)
  const { rows } = await store.get(Array.from({ length: 24 }, (_, number) => `p${number}`))
  const examples = storedDenseExamples(store, {
    rows,
    layers: [9, depth],
    depth,
    width: 3,
    target: async (row, grid) => segmentationTarget(await labelsOf(row), row.placement, grid, { classes: 3, ignore: new Set([255]) }),
  })
  const { tokens, targets } = await examples.read([5, 2])
  expect([tokens.shape, targets.shape]).toEqual([
    [2, 6, 2 * dim],
    [2, 6, 3],
  ])
  const [first, second] = [rowOf(5).tensors['layer9.patches']!, rowOf(2).tensors.patches!]
  expect(tokens.data.slice(dim * 2, dim * 3)).toEqual(first.data.slice(dim, 2 * dim))
  expect(tokens.data.slice(-dim)).toEqual(second.data.slice(-dim))
  await using halves = await storeOf(24, undefined, { ...LAYOUT, dtype: 'float16' })
  const stored = await storedDenseExamples(halves, { rows, layers: [9, depth], depth, width: 3, target: () => new Float32Array(18) }).read([
    5, 2,
  ])
  expect([stored.tokens.dtype, stored.tokens.data]).toEqual(['float16', toFloat16(tokens.data as Float32Array)])
  expect([...targets.data.slice(0, 6)]).toEqual([0, 0, 1, 1, 0, 0])

  const { head }: { head: HeadModel } = await trainDenseHead(runtime, examples, 3, {
    output: { kind: 'classes' },
    epochs: 8,
    batch: 4,
    learningRate: 0.05,
  })
  const weights = writeHeadModel(head, describeHead('segmentation', [9, depth]))
  await using open = await openHead(segmentation({ weights }), host)
  const all = storedTokens(store, ['p20', 'p21'], { layers: [9, depth], tokens: ['patches'] }, depth)
  const { pixelAccuracy, iou } = await evaluateSegmentation(open, all, labelsOf, { classes: 3 })
  expect(pixelAccuracy).toBeGreaterThan(0.9)
  expect(iou).toHaveLength(3)
})

test('evaluates a segmentation head of stored attention, trained on mirrored images too, by what it answers', async () => {
  const part = 'layer10.classAttention'
  const layout: StoreLayout = {
    ...LAYOUT,
    tensors: { cls: [dim], [part]: [heads, ROWS, COLUMNS], [`mirrored.${part}`]: [heads, ROWS, COLUMNS] },
  }
  // A head attends to the patches of its class: three to three.
  const attention = (number: number, mirrored: boolean): Tensor => {
    const data = Float32Array.from({ length: heads * ROWS * COLUMNS }, (_, i) => {
      const [head, row, column] = [Math.floor(i / (ROWS * COLUMNS)), Math.floor(i / COLUMNS) % ROWS, i % COLUMNS]
      const of = patchClass(number, row * COLUMNS + (mirrored ? COLUMNS - 1 - column : column))
      return Number(of === head) + 0.1 * Math.sin(number * 12.9898 + i * 78.233) ** 2
    })
    return tensor('float32', data, [heads, ROWS, COLUMNS])
  }
  await using store = createMemoryStore(layout)
  await store.append(
    Array.from({ length: 24 }, (_, number) =>
      rowOf(number, {
        tensors: { cls: rowOf(number).tensors.cls!, [part]: attention(number, false), [`mirrored.${part}`]: attention(number, true) },
      }),
    ),
  )
  const { rows } = await store.get(Array.from({ length: 24 }, (_, number) => `p${number}`))
  const options = {
    part: 'classAttention',
    rows,
    layers: [10],
    depth,
    width: 3,
    target: async (row: AnnotatedRow, grid: readonly [number, number]) =>
      segmentationTarget(await labelsOf(row), row.placement, grid, { classes: 3, ignore: new Set([255]) }),
  } as const
  const examples = storedDenseExamples(store, { ...options, flip: true })
  expect([examples.count, examples.grid, examples.channels]).toEqual([48, [ROWS, COLUMNS], heads])
  const { tokens, targets } = await examples.read([24 + 7, 2, 7])
  expect(tokens.shape).toEqual([3, ROWS * COLUMNS, heads])
  for (const [place, stored] of [attention(7, true), attention(2, false), attention(7, false)].entries())
    for (let patch = 0; patch < ROWS * COLUMNS; patch++)
      for (let head = 0; head < heads; head++)
        expect(tokens.data[(place * ROWS * COLUMNS + patch) * heads + head]).toBe(stored.data[head * ROWS * COLUMNS + patch])
  const two = storedDenseExamples(store, {
    ...options,
    heads: [
      [10, 1],
      [10, 3],
    ],
  })
  const read = (await two.read([2])).tokens
  expect([two.channels, read.shape]).toEqual([2, [1, ROWS * COLUMNS, 2]])
  for (let patch = 0; patch < ROWS * COLUMNS; patch++)
    expect([read.data[2 * patch], read.data[2 * patch + 1]]).toEqual([
      attention(2, false).data[patch],
      attention(2, false).data[2 * ROWS * COLUMNS + patch],
    ])
  const classes = Array.from({ length: 18 }, (_, patch) => targets.data.subarray(patch * 3, patch * 3 + 3).indexOf(1))
  const of = (number: number): number[] => Array.from({ length: ROWS * COLUMNS }, (_, patch) => patchClass(number, patch))
  const [a, b, c, d, e, f] = of(7)
  expect(classes).toEqual([c, b, a, f, e, d, ...of(2), ...of(7)])
  for (const wrong of [
    { ...options, layers: [11] },
    { ...options, part: 'patches' as const, layers: [9] },
  ])
    expect(() => storedDenseExamples(store, wrong)).toThrow(expect.objectContaining({ code: 'tensor-missing' }))
  await using plain = await storeOf(3)
  expect(() => storedDenseExamples(plain, { ...options, part: 'patches', layers: [9], flip: true })).toThrow(
    expect.objectContaining({ code: 'tensor-missing', message: expect.stringContaining('mirrored') as string }),
  )

  const { head } = await trainDenseHead(runtime, examples, 3, { output: { kind: 'classes' }, epochs: 10, batch: 4, learningRate: 0.05 })
  await using open = await openHead(
    segmentation({ weights: writeHeadModel(head, describeHead('segmentation', [10], ['attention'])) }),
    host,
  )
  const all = storedTokens(store, ['p20', 'p21'], { layers: [10], tokens: ['attention'] }, depth)
  expect((await evaluateSegmentation(open, all, labelsOf, { classes: 3 })).pixelAccuracy).toBeGreaterThan(0.9)
})

test.each([
  ['class-and-mean', ['cls', 'mean']],
  ['mean', ['mean']],
] as const)('trains a classifier on what an embedding of %s is made of, by every method', async (embedding, tokens) => {
  const card = { ...findModelCard('tiny'), embedding }
  const { fingerprint, tensors } = LAYOUT
  const own = { ...fingerprint, pooling: embedding }
  const layout = { ...LAYOUT, fingerprint: own, tensors: { ...tensors, embedding: [embedding === 'mean' ? dim : 2 * dim] } }
  await using store = createMemoryStore(layout)
  await store.append(
    Array.from({ length: 12 }, (_, number) => {
      const row = rowOf(number)
      return {
        ...row,
        tensors: {
          ...row.tensors,
          embedding: tensor('float32', new Float32Array(layout.tensors.embedding[0]!), layout.tensors.embedding),
        },
      }
    }),
  )
  for (const method of ['logistic', 'mlp', 'sweep'] as const) {
    const few = method === 'logistic' ? {} : { epochs: 2 }
    const trained = await trainClassifier({ card, runtime }, store, { method, ...few })
    expect([trained.tokens, trained.layers.at(-1)], method).toEqual([tokens, depth])
  }
})
