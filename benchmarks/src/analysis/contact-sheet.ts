/**
 * Draws every method of `@dinokit/analysis` on 12 fixed images that may be shown, a row each, by the embedded model.
 *
 *   npx tsx benchmarks/src/analysis/contact-sheet.ts [FILE.jpg]
 *
 * Writes docs/methods.jpg where no file is given. What a stranger sees in it is written in docs/analysis.md.
 */
import {
  attentionMaps,
  attentionOverPatches,
  attentionRollout,
  discoverObjects,
  fitPca,
  foregroundMasks,
  maskedTokens,
  matchPatches,
  meanMap,
  objectHeads,
  outlierPatches,
  overlay,
  patchCenter,
  patchFacet,
  pcaColors,
  segmentByExample,
  sharpenMap,
  similarityMap,
  type PcaBasis,
} from '@dinokit/analysis'
import { tensor, type Pixels, type Tensor, type Tokens, type Vision } from '@dinokit/core'
import { sharedPath } from '@dinokit/testing'
import type { ImageSource } from '@dinokit/runtime-node'
import { open } from 'dinokit'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const SAMPLES = ['astronaut', 'chelsea', 'coffee', 'rocket'].map((name) =>
  fileURLToPath(new URL(`../../../examples/first-look/images/${name}.jpg`, import.meta.url)),
)
/** Clothing under CC0. */
const CLOTHING = [
  'dress/377c407c-b353-45c5-b592-e68bad2d68d2',
  'hat/4976873a-5058-45f9-b994-3d79868533a8',
  'shoes/49d3b29c-54b9-4cae-b918-504cf24ce128',
  't-shirt/aea89834-9bbb-4fb9-ba77-d1eae6dd0666',
  'shirt/2595e7da-f1a4-443b-b91b-79d3464575c1',
  'pants/4e087288-681e-4722-b9e5-929033c5d23e',
  'skirt/49e9555c-f96e-4887-90e5-036b4d908c64',
  'outwear/42d817a7-45f8-4dfc-848f-a8cb124e1878',
].map((name) => sharedPath(`data/cls/clothing/${name}.jpg`))
/** Side of the model's input, and of an image on the sheet. */
const [SIDE, CELL, GAP, HEADER] = [336, 150, 6, 26]
const COLORS = [
  [230, 159, 0],
  [86, 180, 233],
  [204, 121, 167],
] as const
const COLUMNS = [
  'image',
  'PCA',
  'best head',
  'mean of heads',
  'rollout',
  'objects',
  'LOST',
  'foreground',
  'like the center',
  'matches',
  'example',
]

/** One image, and the same turned and made smaller. */
interface Seen {
  readonly tokens: Tokens
  readonly turned: Tokens
}

const files = [...SAMPLES, ...CLOTHING]
await using vision = await open({ facets: Array.from({ length: 12 }, (_, i) => i + 1), rawLayers: [12], layers: [4] })
const seen: Seen[] = []
for (const file of files) {
  const square = await sharp(file).rotate().resize(SIDE, SIDE, { fit: 'cover' }).removeAlpha().png().toBuffer()
  const smaller = await sharp(square)
    .resize(Math.round(SIDE * 0.85))
    .png()
    .toBuffer()
  const turned = await sharp(smaller)
    .rotate(12, { background: '#7b746a' })
    .resize(SIDE, SIDE, { fit: 'cover' })
    .removeAlpha()
    .png()
    .toBuffer()
  const embed = (image: ImageSource): Promise<Tokens> => vision.embed(image, { size: 'source', pixels: true })
  seen.push({ tokens: await embed(square), turned: await embed(turned) })
}
const basis = fitPca(seen.map(({ tokens }) => tokens.patches))
const rows = seen.map((each) => cellsOf(vision, each, basis))
const width = COLUMNS.length * (CELL + GAP) + GAP
const height = HEADER + rows.length * (CELL + GAP)
const header = COLUMNS.map(
  (name, i) => `<text x="${GAP + i * (CELL + GAP)}" y="18" font-family="sans-serif" font-size="14" fill="#eee">${name}</text>`,
)
const parts = await Promise.all(
  rows.flatMap((cells, row) =>
    cells.map(async ({ data, width: w, height: h }, column) => ({
      input: await sharp(data, { raw: { width: w, height: h, channels: 3 } })
        .resize(CELL, CELL, { kernel: w < CELL ? 'nearest' : 'lanczos3' })
        .png()
        .toBuffer(),
      left: GAP + column * (CELL + GAP),
      top: HEADER + row * (CELL + GAP),
    })),
  ),
)
await sharp({ create: { width, height, channels: 3, background: '#16161a' } })
  .composite([
    {
      input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEADER}">${header.join('')}</svg>`),
      left: 0,
      top: 0,
    },
    ...parts,
  ])
  .jpeg({ quality: 72, mozjpeg: true })
  .toFile(process.argv[2] ?? fileURLToPath(new URL('../../../docs/methods.jpg', import.meta.url)))

/** Cells of one image, in the order of the columns. */
function cellsOf({ card }: Pick<Vision<ImageSource>, 'card'>, { tokens, turned }: Seen, of: PcaBasis): Pixels[] {
  const { heads, depth } = card.architecture
  const grid = tokens.patches.shape.slice(0, 2) as [number, number]
  const patches = grid[0] * grid[1]
  const ignored = outlierPatches(tokens.rawLayers[depth]!.patches)
  const [best] = objectHeads(tokens.facets, { heads, patches })
  const { data } = attentionMaps(tokens, { layer: best!.layer, heads })
  const head = tensor('float32', data.slice((best!.head - 1) * patches, best!.head * patches), grid)
  const layers = Array.from({ length: depth }, (_, i) => tokens.facets[i + 1]!)
  const rollout = attentionRollout(layers, { heads })
  const rolled = attentionOverPatches(tensor('float32', rollout.data, [1, rollout.data.length]), grid)
  const keys = patchFacet(tokens, depth)
  const objects = discoverObjects(keys, { ignored, most: 3 }).map(({ mask }) => mask)
  const lost = discoverObjects(keys, { ignored, method: 'lost' }).map(({ mask }) => mask)
  const center = { row: grid[0] >> 1, column: grid[1] >> 1 }
  const heat = (map: Tensor): Pixels => overlay(tokens.pixels!, sharpened(map, tokens), { palette: 'magma', opacity: 0.75 })
  return [
    tokens.pixels!,
    pcaColors(of, [tokens.patches])[0]!,
    heat(head),
    heat(meanMap(attentionMaps(tokens, { layer: depth, heads }))),
    heat(tensor('float32', rolled.data, grid)),
    withMasks(tokens, objects),
    withMasks(tokens, lost),
    withMasks(tokens, foregroundMasks(fitPca([tokens.patches], 1), [tokens.patches])),
    heat(similarityMap(tokens.patches, center)),
    withMatches(tokens, turned),
    withMasks(turned, objects[0] ? [found(tokens, objects[0], turned)] : []),
  ]
}

/** Patches of another image that are like those of a mask. */
function found({ patches }: Tokens, mask: Tensor<'bool'>, other: Tokens): Tensor<'bool'> {
  const outside = tensor(
    'bool',
    mask.data.map((value) => 1 - value),
    mask.shape,
  )
  const scores = segmentByExample(other.patches, { inside: maskedTokens(patches, mask), outside: maskedTokens(patches, outside) })
  return tensor(
    'bool',
    Uint8Array.from(scores.data, (score) => Number(score > 0)),
    scores.shape,
  )
}

function sharpened(map: Tensor, { pixels, placement: { input } }: Tokens): Tensor {
  return sharpenMap(map, pixels!, { source: input, resized: input, input, left: 0, top: 0 })
}

/** An image whose masks are colored, and gray elsewhere. */
function withMasks(tokens: Tokens, masks: readonly Tensor<'bool'>[]): Pixels {
  const { data, width, height } = tokens.pixels!
  const soft = masks.map((mask) => sharpened(tensor('float32', Float32Array.from(mask.data), mask.shape), tokens))
  const drawn = data.map((value, i) => {
    const pixel = Math.floor(i / 3)
    const index = soft.findIndex((map) => map.data[pixel]! > 0.5)
    const gray = (data[3 * pixel]! + data[3 * pixel + 1]! + data[3 * pixel + 2]!) / 5
    return index < 0 ? gray : (value + COLORS[index]![i % 3]!) / 2
  })
  return { data: drawn, width, height }
}

/** The turned image with a dot at each match, whose color says where in the first image it is: red at the left, blue at the right. Layer 4 keeps places best. */
function withMatches(tokens: Tokens, turned: Tokens): Pixels {
  const { data, width, height } = turned.pixels!
  const drawn = data.map((value) => value / 3)
  const grid = tokens.patches.shape as [number, number, number]
  for (const { from, to } of matchPatches(tokens.layers[4]!.patches, turned.layers[4]!.patches)) {
    const { x, y } = patchCenter(to, turned.placement, grid)
    const color = [255 * (1 - from.column / grid[1]), (255 * from.row) / grid[0], (255 * from.column) / grid[1]]
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const [column, row] = [Math.round(x) + dx, Math.round(y) + dy]
        if (dx * dx + dy * dy <= 16 && column >= 0 && row >= 0 && column < width && row < height)
          drawn.set(color, 3 * (row * width + column))
      }
    }
  }
  return { data: drawn, width, height }
}
