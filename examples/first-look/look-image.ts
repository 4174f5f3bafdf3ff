import {
  attentionMaps,
  discoverObjects,
  fitPca,
  objectHeads,
  outlierPatches,
  overlay,
  patchFacet,
  pcaColors,
  sharpenMap,
} from '@dinokit/analysis'
import { resize, tensor, type ImageSource, type Pixels, type Tensor, type Tokens, type Vision } from 'dinokit'
import sharp from 'sharp'

/** Side of each image on the sheet, in pixels. */
const SIDE = 280
/** Side of the model's input: finer than its usual 224, so that colors follow shapes. */
const INPUT = 448
const GAP = 10
/** Color of what is not the object. */
const BEHIND = 60

/**
 * A sheet of images, a row each: the image, its patch features as colors of one shared PCA basis, what the attention head sees that looks
 * at what the image is of, and the object that is found without training. Returns a PNG.
 *
 * @param vision - opened with `outputsToLook` of its card
 */
export async function lookImage(vision: Vision<ImageSource>, files: readonly string[]): Promise<Buffer> {
  const seen: Tokens[] = []
  for (const file of files) seen.push(await vision.embed(file, { size: INPUT, pixels: true }))
  const grids = seen.map(({ patches }) => patches)
  const colors = pcaColors(fitPca(grids), grids)
  const rows = seen.map((tokens, index) => [tokens.pixels!, colors[index]!, attentionImage(vision, tokens), objectImage(vision, tokens)])
  const across = 4 * SIDE + 5 * GAP
  const sheet = sharp({ create: { width: across, height: rows.length * (SIDE + GAP) + GAP, channels: 3, background: '#16161a' } })
  const parts = rows.flatMap((row, y) => row.map((pixels, x) => place(pixels, GAP + x * (SIDE + GAP), GAP + y * (SIDE + GAP))))
  return sheet.composite(parts).png().toBuffer()
}

/** Outputs that the sheet needs of a model. */
export function outputsToLook(depth: number): { facets: number[]; rawLayers: number[] } {
  return { facets: Array.from({ length: depth }, (_, index) => index + 1), rawLayers: [depth] }
}

function attentionImage({ card }: Vision<ImageSource>, tokens: Tokens): Pixels {
  const [rows, columns] = tokens.patches.shape as [number, number, number]
  const [best] = objectHeads(tokens.facets, { heads: card.architecture.heads, patches: rows * columns })
  const { data } = attentionMaps(tokens, { layer: best!.layer, heads: card.architecture.heads })
  const map = tensor('float32', data.slice((best!.head - 1) * rows * columns, best!.head * rows * columns), [rows, columns])
  return overlay(tokens.pixels!, sharpened(withoutOutliers(map, outliersOf(tokens)), tokens), { palette: 'magma', opacity: 0.75 })
}

function objectImage({ card }: Vision<ImageSource>, tokens: Tokens): Pixels {
  const [object] = discoverObjects(patchFacet(tokens, card.architecture.depth), { ignored: outliersOf(tokens) })
  const { data, width, height } = tokens.pixels!
  if (!object) return { data: data.map((value) => value / 4), width, height }
  const mask = sharpened(tensor('float32', Float32Array.from(object.mask.data), object.mask.shape), tokens)
  const shown = data.map((value, i) => Math.round(mask.data[Math.floor(i / 3)]! > 0.5 ? value : BEHIND + value / 8))
  return { data: shown, width, height }
}

/** A map along the edges of what the model saw. */
function sharpened(map: Tensor, { pixels, placement: { input } }: Tokens): Tensor {
  return sharpenMap(map, pixels!, { source: input, resized: input, input, left: 0, top: 0 })
}

/** Patches that hold notes of the model's. */
function outliersOf({ rawLayers }: Tokens): Tensor<'bool'> {
  return outlierPatches(Object.values(rawLayers).at(-1).patches)
}

/** A map whose outliers have the mean of the others: they say nothing of what is there. */
function withoutOutliers({ data, shape }: Tensor, outliers: Tensor<'bool'>): Tensor {
  const others = data.filter((_, patch) => !outliers.data[patch])
  const mean = others.reduce((a, b) => a + b, 0) / others.length
  return tensor(
    'float32',
    data.map((value, patch) => (outliers.data[patch] ? mean : value)),
    shape,
  )
}

function place(
  pixels: Pixels,
  left: number,
  top: number,
): { input: Buffer; raw: { width: number; height: number; channels: 3 }; left: number; top: number } {
  const { data, width, height } = resize(pixels, { width: SIDE, height: SIDE }, 'bicubic')
  return { input: Buffer.from(data), raw: { width, height, channels: 3 }, left, top }
}
