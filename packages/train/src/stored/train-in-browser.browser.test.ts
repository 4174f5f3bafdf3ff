import { segmentation } from '@dinokit/head-segmentation'
import { fillStore, layoutFor, type ImageToStore } from '@dinokit/store'
import { deleteWebStore, openWebStore } from '@dinokit/store-web'
import { fitLogistic, trainDenseHead, writeHeadModel, type HeadModel } from '../index.ts'
import { classification, createRuntime, open, type ImageSource, type Pixels, type Vision } from 'dinokit'
import { expect, test } from 'vitest'
import { segmentationTarget, type Annotation } from './annotation.ts'
import { readClassification } from './read-classification.ts'
import { storedDenseExamples } from './stored-dense-examples.ts'

const SIDE = 56
const SIZE = { width: SIDE, height: SIDE }
const KINDS = ['blue', 'red']
const runtime = createRuntime()

/** Something striped stands before a plain wall, up to a patch’s edge; its color is the image’s class. */
const edgeOf = (number: number): number => 14 * (1 + (number % 3))
const kindOf = (number: number): string => KINDS[number % 2]!
function image(number: number): Pixels {
  const color = kindOf(number) === 'red' ? [220, 40, 30] : [30, 60, 220]
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)]
    const stripe = ((x + number) % 4 < 2 ? 1 : 0.2) * (1 - (y % 7) / 30)
    return x < edgeOf(number) ? color[i % 3]! * stripe : 190 + (number % 7)
  })
  return { data, width: SIDE, height: SIDE }
}
const labelsOf = (number: number): Annotation => ({
  data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => Number(i % SIDE < edgeOf(number))),
  size: [SIDE, SIDE],
})

async function fill(name: string, vision: Vision<ImageSource>): Promise<void> {
  const images = Array.from({ length: 18 }, (_, number): ImageToStore<ImageSource> => {
    const id = String(number)
    return { id, source: id, image: image(number), label: kindOf(number), hash: async () => id.padStart(64, '0') }
  })
  await using store = await openWebStore(name, { layout: layoutFor(vision, { size: SIZE, layers: [11], patches: true }) })
  for await (const { error } of fillStore(vision, store, images)) expect(error).toBeUndefined()
}

test('what the browser’s store keeps trains heads in its worker, which answer for other images', async () => {
  const name = `heads ${Date.now()}`
  await using vision = await open({ size: SIZE, layers: [11] })
  const { dim, depth } = vision.card.architecture
  const fileOf = (head: HeadModel, task: 'classification' | 'segmentation', layers: readonly number[]): Uint8Array =>
    writeHeadModel(head, {
      task,
      name: 'own',
      backbone: { ...vision.fingerprint(SIZE), dim },
      input: { layers, norm: true, tokens: [task === 'classification' ? 'cls' : 'patches'] },
      classes: (task === 'classification' ? KINDS : ['wall', 'thing']).map((name) => ({ name })),
    })
  try {
    await fill(name, vision)
    await using store = await openWebStore(name)
    const { examples, layers } = await readClassification(store, { depth })
    const kinds = await fitLogistic(runtime, examples, examples, { strengths: [1], features: { layers: layers.length, mean: false } })
    const { rows } = await store.get(Array.from({ length: 18 }, (_, number) => String(number)))
    const patches = storedDenseExamples(store, {
      rows,
      layers,
      depth,
      width: 2,
      target: ({ id, placement }, grid) =>
        segmentationTarget(labelsOf(Number(id)), placement, grid, { classes: 2, ignore: new Set([255]) }),
    })
    const parts = await trainDenseHead(runtime, patches, 2, { output: { kind: 'classes' }, epochs: 10, batch: 6, learningRate: 0.01 })

    const taught = await vision.add({
      kind: classification({ weights: fileOf(kinds.head, 'classification', layers) }),
      parts: segmentation({ weights: fileOf(parts.head, 'segmentation', layers) }),
    })
    for (const number of [20, 21, 22]) {
      expect((await taught.heads.kind(image(number))).classes[0]!.name).toBe(kindOf(number))
      const { labels } = await taught.heads.parts(image(number))
      const right = labelsOf(number).data.filter((label, pixel) => label === labels.data[pixel]).length
      expect(right / labels.data.length).toBeGreaterThan(0.85)
    }
  } finally {
    await deleteWebStore(name)
  }
})
