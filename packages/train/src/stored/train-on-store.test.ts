import { depth } from '@dinokit/head-depth'
import { createMemoryStore, fillStore, layoutFor, type ImageToStore, type Store } from '@dinokit/store'
import { classification, open, type ImageSource, type Pixels, type Vision } from 'dinokit'
import { expect, test } from 'vitest'
import type { Annotation } from './annotation.ts'
import { trainClassifier } from './classifier/train-classifier.ts'
import { trainDepth, trainSegmentation } from './dense/train-dense.ts'
import type { AnnotatedRow } from './stored-dense-examples.ts'

const SIDE = 56
const SIZE = { width: SIDE, height: SIDE }
const KINDS = ['blue', 'red']

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
/** The wall is 4 meters away, what stands before it 1.5. */
const metersOf = (number: number): Annotation => ({
  data: Float32Array.from(labelsOf(number).data, (label) => (label ? 1.5 : 4)),
  size: [SIDE, SIDE],
})

/** Where the runtime keeps stores: the browser in its own, Node in memory. */
async function openStore(vision: Vision<ImageSource>): Promise<Store> {
  const layout = layoutFor(vision, { size: SIZE, layers: [11], patches: true })
  if (!('window' in globalThis)) return createMemoryStore(layout)
  const { openWebStore } = await import('@dinokit/store-web')
  return openWebStore(`heads ${Date.now()}`, { layout })
}

test('trains a classifier, a segmentation head and a depth head on a store, each in one call, which answer for other images', async () => {
  await using vision = await open({ size: SIZE, layers: [11] })
  await using store = await openStore(vision)
  const images = Array.from({ length: 18 }, (_, number): ImageToStore<ImageSource> => {
    const id = String(number)
    return { id, source: id, image: image(number), label: kindOf(number), hash: async () => id.padStart(64, '0') }
  })
  for await (const { error } of fillStore(vision, store, images)) expect(error).toBeUndefined()

  const kind = await trainClassifier(vision, store, { name: 'kinds', card: { license: 'CC0-1.0' } })
  expect(kind).toMatchObject({ method: 'logistic', classes: KINDS, layers: [12], tokens: ['cls'], epochs: [] })
  expect(kind.top1).toBeCloseTo(1, 10)
  const dense = { epochs: 10, batch: 6, learningRate: 0.01 }
  const parts = await trainSegmentation(vision, store, {
    ...{ ...dense, classes: ['wall', 'thing'], patience: 10 },
    annotation: ({ id }) => labelsOf(Number(id)),
  })
  expect(parts).toMatchObject({ counts: { train: 14, validation: 4 }, layers: [11, 12] })
  expect(parts.stages).toHaveLength(10)
  expect(parts.metrics).toEqual(parts.stages[parts.epoch - 1]!.metrics)
  expect(parts.metrics.pixelAccuracy).toBeGreaterThan(0.85)
  const away = await trainDepth(vision, store, { ...dense, epochs: 20, annotation: ({ id }) => metersOf(Number(id)) })
  expect(away).toMatchObject({ epoch: 20, stages: [] })

  const { heads } = await vision.add({ kind: kind.head, parts: parts.head, away: away.head })
  for (const number of [20, 21]) {
    expect((await heads.kind(image(number))).classes[0]!.name).toBe(kindOf(number))
    const { labels } = await heads.parts(image(number))
    const right = labelsOf(number).data.filter((label, pixel) => label === labels.data[pixel]).length
    expect(right / labels.data.length).toBeGreaterThan(0.85)
    const { map: meters } = await heads.away(image(number))
    const mean = (thing: number): number => {
      const of = meters.data.filter((_, pixel) => labelsOf(number).data[pixel] === thing)
      return of.reduce((sum, value) => sum + value, 0) / of.length
    }
    // Of the 2.5 meters between them.
    expect(mean(0) - mean(1)).toBeGreaterThan(1)
  }
  // What is written is what was trained.
  const written = await vision.add({ kind2: classification({ weights: kind.bytes }), away2: depth({ weights: away.bytes }) })
  const tokens = await vision.embed(image(22))
  expect((await written.heads.kind2(tokens)).logits).toEqual((await heads.kind(tokens)).logits)
  expect((await written.heads.away2(tokens)).meters).toEqual((await heads.away(tokens)).meters)

  const refused: string[] = []
  const annotation = ({ id }: AnnotatedRow): Annotation | undefined =>
    id === '3' ? undefined : Number(id) < 3 ? { data: new Uint8Array(4), size: [2, 2] } : labelsOf(Number(id))
  await expect(trainSegmentation(vision, store, { annotation })).rejects.toMatchObject({ code: 'label-invalid' })
  const some = await trainSegmentation(vision, store, { annotation, epochs: 1, onRefused: ({ id }) => refused.push(id) })
  expect([refused.sort(), some.counts]).toEqual([['0', '1', '2'], { train: 11, validation: 3 }])

  const others = createMemoryStore({ ...store.layout, fingerprint: { ...store.layout.fingerprint, network: 'heads12' } })
  for (const train of [trainClassifier, trainDepth])
    await expect(train(vision, others, { annotation })).rejects.toMatchObject({ code: 'fingerprint-mismatch' })
  for (const [options, code] of [
    [{ method: 'logistic', patience: 2, validation: 0.5 }, 'invalid-option'],
    [{ method: 'sweep', hidden: 8 }, 'invalid-option'],
    [{ validation: 1.5 }, 'invalid-option'],
    [{ split: 'nobody' }, 'label-invalid'],
  ] as const)
    await expect(trainClassifier(vision, store, options)).rejects.toMatchObject({ code })
})
