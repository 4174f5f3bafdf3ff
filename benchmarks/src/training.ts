import { findModelCard, fingerprintOf, tensor, type InputSize } from '@dinokit/core'
import type { HeadOutput } from '@dinokit/head-kit'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { fillStore, layoutFor, type Store, type StoreLayout, type StoreRow } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import {
  fitLogistic,
  sweepClassifiers,
  trainDenseHead,
  trainMlp,
  type ClassificationExamples,
  type DenseExamples,
  type DenseTrainingOptions,
} from '@dinokit/train'
import { open } from 'dinokit'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './lib/median.ts'
import { makeImages } from './lib/images.ts'
import { measureCommand } from './processes/measure-command.ts'
import { table } from './lib/table.ts'

const DENSE_SIZE = { width: 448, height: 336 }
const LAYERS = [3, 6, 9, 12]
/** Kept with patches; classifiers have as many as imagenette’s part. */
const IMAGES = { dense: 48, classes: 400 }
/** That are timed: many of what takes next to nothing. */
const EPOCHS = { dense: 4, classes: 30 }
const CLASSES = { dense: 39, images: 10 }
const STORED = 100_000

const runtime = createNodeRuntime()

/**
 * Measures training on stored embeddings of the embedded model: an epoch of each head, for one image, beside embedding
 * that image again; a whole sweep; and the memory of a linear head on many embeddings.
 */
export async function* trainingTables(): AsyncGenerator<string, void, undefined> {
  const files = await makeImages(12, { width: 640, height: 480 })
  yield await epochTable(files)
  yield await sweepTable()
  yield await memoryTable()
}

async function epochTable(files: readonly Buffer[]): Promise<string> {
  const rows = [['an epoch, for one image', 'ms', 'to embed it again, ms', 'of that', 'to reach']]
  const row = (name: string, epoch: number, embedding: number): void => {
    rows.push([name, epoch.toFixed(3), embedding.toFixed(1), `${(embedding / epoch).toFixed(0)} x faster`, '20 x'])
  }
  const examples = clusters(IMAGES.classes)
  const crop = await embeddingTime(files, 224)
  for (const [name, train] of [
    ['sweep, 52 classifiers', (epochs: number) => sweepClassifiers(runtime, examples, examples, { epochs })],
    ['MLP', (epochs: number) => trainMlp(runtime, examples, examples, { epochs })],
  ] as const)
    row(name, await perEpoch(train, 'classes'), crop)
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  try {
    await using store = await patchStore(folder, files)
    const scene = await embeddingTime(files, DENSE_SIZE)
    const depth: HeadOutput = { kind: 'log', min: 0.5, max: 10 }
    for (const [task, width, output] of [
      ['segmentation', CLASSES.dense, { kind: 'classes' }],
      ['depth', 1, depth],
    ] as const) {
      const dense = await denseExamples(store, width)
      const time = (options: Partial<DenseTrainingOptions>): Promise<number> =>
        perEpoch((epochs) => trainDenseHead(runtime, dense, width, { output, epochs, ...options }), 'dense')
      for (const network of ['linear', 'convolution'] as const) row(`${task}, ${network}, four layers`, await time({ network }), scene)
      if (task === 'segmentation') row('segmentation, linear, read in every epoch', await time({ cacheBytes: 0 }), scene)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return `Training heads beside embedding again, tiny; dense heads at 448x336, ${IMAGES.dense} images, epochs after the first\n${table(rows)}`
}

async function sweepTable(): Promise<string> {
  const examples = clusters(IMAGES.classes)
  const rows = [['what', 'seconds', 'to reach']]
  let started = performance.now()
  await sweepClassifiers(runtime, examples, examples)
  rows.push(['sweep, 52 classifiers, 100 epochs', seconds(started), '30'])
  started = performance.now()
  await fitLogistic(runtime, examples, examples)
  rows.push(['logistic regression, 45 penalties', seconds(started), ''])
  return `Training classifiers on ${IMAGES.classes} images of ${CLASSES.images} classes\n${table(rows)}`
}

async function memoryTable(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  try {
    await storeOfMany(join(folder, 'many.store'))
    const { peak: idle } = measureCommand(folder, ['store', 'info', 'many.store'])
    const { peak } = measureCommand(folder, ['train', 'classify', '--store', 'many.store', '--epochs', '1'])
    const rows = [
      ['dinokit train classify', 'MB', 'to reach'],
      ['resident at most', megabytes(peak), ''],
      ['over `dinokit store info`', megabytes(peak - idle), '1074'],
    ]
    return `Memory of a linear head on ${STORED} stored class tokens of ${DIM}\n${table(rows)}`
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Milliseconds that one image takes, by the median of what an epoch more costs. */
async function perEpoch(train: (epochs: number) => Promise<unknown>, of: keyof typeof IMAGES): Promise<number> {
  const timed = async (epochs: number): Promise<number> => {
    const started = performance.now()
    await train(epochs)
    return performance.now() - started
  }
  await timed(1)
  const times: number[] = []
  for (let round = 0; round < 3; round++) times.push((await timed(EPOCHS[of] + 1)) - (await timed(1)))
  return median(times) / EPOCHS[of] / IMAGES[of]
}

/** Milliseconds from an image’s file to its tokens. */
async function embeddingTime(files: readonly Buffer[], size: InputSize): Promise<number> {
  await using vision = await open({ layers: [3, 6, 9], size })
  const round = async (): Promise<number> => {
    const started = performance.now()
    for await (const { error } of vision.stream(files)) if (error) throw error
    return (performance.now() - started) / files.length
  }
  await round()
  return median([await round(), await round(), await round()])
}

/** Class tokens of four layers and a mean of patches, in clusters as those of images are. */
function clusters(count: number): ClassificationExamples {
  const { dim } = findModelCard('tiny').architecture
  const labels = Int32Array.from({ length: count }, (_, index) => index % CLASSES.images)
  const tokens = (layers: number): Float32Array =>
    Float32Array.from({ length: count * layers * dim }, (_, i) => {
      const [example, channel] = [Math.floor(i / (layers * dim)), i % (layers * dim)]
      return Number(channel % CLASSES.images === labels[example]) + 2 * Math.random() - 1
    })
  const classes = Array.from({ length: CLASSES.images }, (_, index) => `class ${index}`)
  return { dim, classes, labels, cls: tokens(4), mean: tokens(1) }
}

async function patchStore(folder: string, files: readonly Buffer[]): Promise<Store> {
  await using vision = await open({ layers: [3, 6, 9], size: DENSE_SIZE })
  const store = await openLanceStore(folder, { layout: layoutFor(vision, { layers: [3, 6, 9], patches: true, size: DENSE_SIZE }) })
  const images = Array.from({ length: IMAGES.dense }, (_, number) => ({
    id: `${number}`,
    source: `${number}.jpg`,
    image: files[number % files.length]!,
    hash: () => Promise.resolve(number.toString(16).padStart(64, '0')),
  }))
  for await (const { error } of fillStore(vision, store, images, { size: DENSE_SIZE })) if (error) throw error
  return store
}

async function denseExamples(store: Store, width: number): Promise<DenseExamples> {
  const names = LAYERS.map((layer) => (layer === 12 ? 'patches' : `layer${layer}.patches`))
  const [rows, columns, dim] = store.layout.tensors.patches as [number, number, number]
  const [patches, channels] = [rows * columns, dim * names.length]
  const target = Float32Array.from({ length: patches * width }, (_, i) => (width === 1 ? 1 + (i % 7) : Number(i % width === 0)))
  return {
    count: await store.count(),
    grid: [rows, columns],
    channels,
    async read(indices) {
      const { tensors } = await store.get(indices.map(String), { fields: ['id'], tensors: names })
      const tokens = new Float32Array(indices.length * patches * channels)
      names.forEach((name, place) => {
        const { data } = tensors[name]!
        for (let i = 0; i < indices.length * patches; i++) tokens.set(data.subarray(i * dim, (i + 1) * dim), i * channels + place * dim)
      })
      const targets = new Float32Array(indices.length * target.length)
      indices.forEach((_, index) => targets.set(target, index * target.length))
      return {
        tokens: tensor('float32', tokens, [indices.length, patches, channels]),
        targets: tensor('float32', targets, [indices.length, patches, width]),
      }
    },
  }
}

const MODEL = 'dinov2-small'
const DIM = findModelCard(MODEL).architecture.dim
const APPENDED = 1000

async function storeOfMany(path: string): Promise<void> {
  const fingerprint = fingerprintOf({ card: findModelCard(MODEL), digest: '0', precision: 'float32' })
  const layout: StoreLayout = { version: 2, fingerprint, size: 224, dtype: 'float32', tensors: { cls: [DIM] } }
  await using store = await openLanceStore(path, { layout })
  const square = { width: 224, height: 224 }
  const placement = { source: square, resized: square, left: 0, top: 0, input: square }
  for (let from = 0; from < STORED; from += APPENDED) {
    const rows = Array.from({ length: APPENDED }, (_, index): StoreRow => {
      const number = from + index
      const data = Float32Array.from({ length: DIM }, (_, i) => Number(i % CLASSES.images === number % CLASSES.images) + Math.random())
      const label = `class ${number % CLASSES.images}`
      const about = { id: `${number}`, source: `${number}.jpg`, hash: number.toString(16).padStart(64, '0'), label, placement }
      return { ...about, tensors: { cls: tensor('float32', data, [DIM]) } }
    })
    await store.append(rows)
  }
}

function seconds(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
