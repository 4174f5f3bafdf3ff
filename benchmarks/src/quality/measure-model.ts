import { discoverObjects, outlierPatches, patchFacet } from '@dinokit/analysis'
import { openTensorFile } from '@dinokit/checkpoint'
import { classAttention, preprocess, type Pixels, type Tensor } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { open, type ImageSource, type Vision } from 'dinokit'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { cornerShare } from '../lib/corner-share.ts'
import { headFigures } from './head-figures.ts'
import { average, cosine, embedFolder, imagesBelow, nearestShare, type Seen } from './vectors.ts'

/** Parts of the measurement. */
export const PARTS = ['neighbors', 'attention', 'places', 'objects', 'heads'] as const
/** One of {@link PARTS}. */
export type Part = (typeof PARTS)[number]

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const DATA = pathOf('../../../../shared/data/')
const CLASSIFIER = pathOf('../../../packages/model-tiny/assets/classifier.safetensors')
/** Side of images of which two windows are compared, and side of these, in patches. */
const [WHOLE, WINDOW] = [32, 16]
/** Places of two windows, in patches: row and column of the first, of the second. */
const PAIRS = [
  [0, 0, 6, 6],
  [0, 4, 7, 0],
] as const
/** Images whose attention is compared with that of their mirror image. */
const MIRRORED = 100
/** COCO’s categories of things are below this; those above are of stuff. */
const FIRST_STUFF = 92

const runtime = createNodeRuntime()

/**
 * Measures a model.
 *
 * @param model - id or file
 * @param parts - of the measurement
 * @returns figures by the keys of `ROWS`
 */
export async function measureModel(model: string, parts: readonly Part[]): Promise<Record<string, number>> {
  const { depth, size } = await describe(model)
  const figures: Record<string, number> = { megabytes: size }
  await using vision = await open({ model, attention: [depth], facets: [depth], rawLayers: [depth] })
  if (parts.includes('neighbors')) {
    const [train, test] = [
      await embedFolder(vision, `${DATA}cls/imagenette/train`),
      await embedFolder(vision, `${DATA}cls/imagenette/test`),
    ]
    figures.imagenette = nearestShare(test, train)
    figures.imagenetteMean = nearestShare(test, train, 'mean')
    figures.classifier = await classifierShare(test, train)
    figures.corners = average(test.map(({ attention }) => cornerShare(attention)))
    for (const set of ['imagen', 'clothing']) {
      const seen = await embedFolder(vision, `${DATA}cls/${set}`)
      figures[set] = nearestShare(seen, seen)
    }
  }
  if (parts.includes('attention')) figures.flips = await flipCosine(vision)
  if (parts.includes('places')) figures.places = await placesCosine(vision)
  if (parts.includes('objects')) figures.objects = await objectOverlap(vision)
  if (parts.includes('heads')) Object.assign(figures, headFigures(model))
  return figures
}

async function describe(model: string): Promise<{ readonly depth: number; readonly size: number }> {
  await using vision = await open({ model })
  return { depth: vision.card.architecture.depth, size: (2 * vision.card.parameters) / 1e6 }
}

/** The embedded classifier on the class tokens: a folder’s class is what most of its known images are taken for. */
async function classifierShare(asked: readonly Seen[], known: readonly Seen[]): Promise<number> {
  const file = await openTensorFile(await runtime.readAsset({ kind: 'file', path: CLASSIFIER }))
  const [weight, bias] = [await file.tensors.get('weight')!.readFloat32(), await file.tensors.get('bias')!.readFloat32()]
  await file.close()
  const classOf = ({ cls }: Seen): number => {
    let [best, score] = [0, -Infinity]
    for (let at = 0; at < bias.length; at++) {
      let sum = bias[at]!
      for (let i = 0; i < cls.length; i++) sum += cls[i]! * weight[at * cls.length + i]!
      if (sum > score) [best, score] = [at, sum]
    }
    return best
  }
  const counts = new Map<string, Map<number, number>>()
  for (const image of known) {
    const ofLabel = counts.get(image.label) ?? new Map<number, number>()
    counts.set(image.label, ofLabel.set(classOf(image), (ofLabel.get(classOf(image)) ?? 0) + 1))
  }
  const most = (label: string): number => [...counts.get(label)!].toSorted(([, a], [, b]) => b - a)[0]![0]
  return average(asked.map((image) => Number(classOf(image) === most(image.label))))
}

/** Cosine of the attention of images and that of their mirror images, mirrored back. */
async function flipCosine(vision: Vision<ImageSource>): Promise<number> {
  const { depth, patch } = vision.card.architecture
  const look = async (pixels: Pixels): Promise<Tensor> =>
    classAttention((await vision.embed(pixels, { size: 'source' })).attention[depth]!, [WINDOW, WINDOW])
  const found: number[] = []
  for (const file of (await imagesBelow(`${DATA}cls/imagenette/test`)).filter((_, index) => index % 2 === 0).slice(0, MIRRORED)) {
    const pixels = await prepared(vision, file, WINDOW * patch)
    const [map, mirrored] = [await look(pixels), await look(mirror(pixels))]
    const back = map.data.map((_, index) => mirrored.data[index - (index % WINDOW) + WINDOW - 1 - (index % WINDOW)]!)
    found.push(cosine(map.data, back))
  }
  return average(found)
}

/** Cosine of patches of the same content at two places of the frame. */
async function placesCosine(vision: Vision<ImageSource>): Promise<number> {
  const { patch, dim } = vision.card.architecture
  const found: number[] = []
  for (const file of await imagesBelow(`${DATA}seg/coco/images`)) {
    const pixels = await prepared(vision, file, WHOLE * patch)
    for (const [y0, x0, y1, x1] of PAIRS) {
      const look = async (y: number, x: number): Promise<Float32Array> =>
        (await vision.embed(cut(pixels, [y * patch, x * patch], WINDOW * patch), { size: 'source' })).patches.data
      const [first, second] = [await look(y0, x0), await look(y1, x1)]
      const row = (of: Float32Array, y: number, x: number): Float32Array => of.subarray((y * WINDOW + x) * dim, (y * WINDOW + x + 1) * dim)
      for (let y = Math.max(y0, y1); y < Math.min(y0, y1) + WINDOW; y++) {
        for (let x = Math.max(x0, x1); x < Math.min(x0, x1) + WINDOW; x++) {
          found.push(cosine(row(first, y - y0, x - x0), row(second, y - y1, x - x1)))
        }
      }
    }
  }
  return average(found)
}

/** Overlap (intersection over union) of the object that TokenCut finds with the category of things that it fits best. */
async function objectOverlap(vision: Vision<ImageSource>): Promise<number> {
  const found: number[] = []
  const { depth, patch } = vision.card.architecture
  for (const file of await imagesBelow(`${DATA}seg/coco/images`)) {
    const mask = await sharp(file.replace('/images/', '/masks/').replace(/\.\w+$/, '.png'), { ignoreIcc: true })
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true })
    const things = new Set([...mask.data].filter((category) => category > 0 && category < FIRST_STUFF))
    if (things.size === 0) continue
    const tokens = await vision.embed(file, { size: { shortest: 24 * patch } })
    const ignored = outlierPatches(tokens.rawLayers[depth]!.patches)
    const [object] = discoverObjects(patchFacet(tokens, depth), { ignored })
    const { resized, left, top, source } = tokens.placement
    const { width, height } = mask.info
    const columns = object?.mask.shape[1] ?? 0
    const [inObject, inThing, both] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()]
    const count = (of: Map<number, number>, category: number): void => void of.set(category, (of.get(category) ?? 0) + 1)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const row = Math.floor((((y + 0.5) * (source.height / height) * resized.height) / source.height - top) / patch)
        const column = Math.floor((((x + 0.5) * (source.width / width) * resized.width) / source.width - left) / patch)
        const inside = object && row >= 0 && column >= 0 && column < columns && object.mask.data[row * columns + column] === 1
        const category = mask.data[y * width + x]!
        if (inside) count(inObject, 0)
        if (things.has(category)) count(inThing, category)
        if (inside && things.has(category)) count(both, category)
      }
    }
    const overlaps = [...things].map((category) => {
      const shared = both.get(category) ?? 0
      return shared / ((inObject.get(0) ?? 0) + inThing.get(category)! - shared)
    })
    found.push(Math.max(...overlaps))
  }
  return average(found)
}

async function prepared(vision: Vision<ImageSource>, file: string, size: number): Promise<Pixels> {
  const { preprocessing, architecture } = vision.card
  return preprocess(await runtime.decodeImage(file), { preprocessing, patch: architecture.patch, size }).pixels
}

function mirror({ data, width, height }: Pixels): Pixels {
  const result = new Uint8Array(data.length)
  for (let i = 0; i < width * height; i++) {
    const from = i - (i % width) + width - 1 - (i % width)
    result.set(data.subarray(3 * from, 3 * from + 3), 3 * i)
  }
  return { data: result, width, height }
}

function cut({ data, width }: Pixels, [top, left]: readonly [number, number], side: number): Pixels {
  const result = new Uint8Array(3 * side ** 2)
  for (let y = 0; y < side; y++) {
    const start = 3 * ((top + y) * width + left)
    result.set(data.subarray(start, start + 3 * side), 3 * side * y)
  }
  return { data: result, width: side, height: side }
}
