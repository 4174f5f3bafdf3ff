/**
 * Measures how well anomalies are found: defects drawn over real textures of ../shared/data, none of them learned.
 *
 *   npx tsx benchmarks/src/analysis/anomalies.ts [--out FOLDER] [--size 224] [--layer 12] [--rotations]
 *
 * A texture is a surface in the photograph of a room (NYU Depth v2), cut into squares. Squares on one side are learned; those on the other
 * are scored as they are, and each once more with a scratch, a stain or a hole. Prints the area under the ROC curve over images and over
 * patches, and how many squares of either kind are above the threshold.
 */
import { anomalyThreshold, createPatchSearch, patchMask, ROTATIONS, rotatePixels, scorePatches, type PatchSearch } from '@dinokit/analysis'
import { createRandom } from '@dinokit/core/augment'
import { tensor, type Pixels, type Tensor } from '@dinokit/core'
import { sharedPath } from '@dinokit/testing'
import { Command } from 'commander'
import { open, type Tokens } from 'dinokit'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { table } from '../lib/table.ts'

/** A photograph, and the class of the surface (NYU40, less 1). */
const TEXTURES = [
  ['0425', 1, 'floor'],
  ['0983', 3, 'bed'],
  ['1231', 5, 'sofa'],
  ['0376', 9, 'bookshelf'],
  ['0438', 12, 'blinds'],
  ['0527', 15, 'curtain'],
  ['0540', 16, 'dresser'],
  ['0267', 23, 'refrigerator'],
  ['0024', 29, 'whiteboard'],
  ['0968', 38, 'other'],
] as const
/** Side of a square, and the step between two, in pixels. */
const SIDE = 80
const STEP = 40
const FALSE_ALARMS = 0.1

interface Square {
  readonly left: number
  readonly top: number
}

interface Defect {
  readonly pixels: Pixels
  /** 1 where it was drawn. */
  readonly mask: Tensor<'bool'>
}

interface Choice {
  readonly size: number
  readonly layer: number
  readonly rotations: boolean
  readonly out?: string
}

const choice = new Command()
  .option('--out <folder>', 'folder for the squares, learned and scored')
  .option('--size <pixels>', 'input size', Number, 224)
  .option('--layer <n>', 'layer of tiny', Number, 12)
  .option('--rotations', 'learn rotated squares too', false)
  .parse()
  .opts<Choice>()

await using vision = await open({ layers: [choice.layer], size: choice.size })
const rows: string[][] = []
for (const [image, kind, name] of TEXTURES) rows.push([name, ...(await measure(image, kind, name))])
const mean = (column: number): string => (rows.reduce((sum, row) => sum + Number(row[column]), 0) / rows.length).toFixed(3)
rows.push(['mean', '', '', mean(3), mean(4), '', ''])
console.log(table([['texture', 'learned', 'scored', 'AUROC of images', 'AUROC of patches', 'false alarms', 'found'], ...rows]))

async function measure(image: string, kind: number, name: string): Promise<string[]> {
  const [photograph, labels] = await Promise.all([
    sharp(sharedPath(`data/nyuv2/images/${image}.jpg`))
      .raw()
      .toBuffer({ resolveWithObject: true }),
    sharp(sharedPath(`data/nyuv2/label40/${image}.png`))
      .raw()
      .toBuffer(),
  ])
  const { width, height } = photograph.info
  const squares = squaresOf(labels, labels.length / height, kind, { width, height })
  const [learned, held] = apart(squares)
  const cut = (square: Square): Pixels => cutOut(photograph.data, width, square)
  const good = held.map(cut)
  const bad = await Promise.all(good.map((pixels, index) => withDefect(pixels, index)))
  if (choice.out !== undefined)
    await save(join(choice.out, name), { learned: learned.map(cut), good, bad: bad.map(({ pixels }) => pixels) })
  const banks = await Promise.all(learned.map((square) => variantsOf(cut(square))))
  const dim = banks[0]![0]!.shape[2]!
  const parts = banks.map((grids) => grids.reduce((sum, { data }) => sum + data.length / dim, 0))
  const bank = Float32Array.from(banks.flatMap((grids) => grids.flatMap(({ data }) => [...data])))
  await using search = await createPatchSearch(vision.runtime, tensor('float32', bank, [bank.length / dim, dim]), parts)
  const own: number[] = []
  for (const [part, [grid]] of banks.entries()) own.push((await scorePatches(search, grid!, { without: part })).score)
  const { threshold } = anomalyThreshold(own, FALSE_ALARMS)
  const normal = await scoresOf(search, good)
  const anomalous = await scoresOf(
    search,
    bad.map(({ pixels }) => pixels),
  )
  const inDefect: number[] = []
  const outside = normal.flatMap(({ distances }) => [...distances.data])
  anomalous.forEach(({ distances, tokens }, index) => {
    const mask = patchMask(bad[index]!.mask, tokens.placement, distances.shape as [number, number])
    distances.data.forEach((distance, patch) => {
      if (mask.data[patch]) inDefect.push(distance)
    })
  })
  const scores = [normal, anomalous].map((some) => some.map(({ score }) => score)) as [number[], number[]]
  const above = (some: readonly number[]): string => `${some.filter((score) => score > threshold).length} of ${some.length}`
  return [
    String(learned.length),
    String(2 * held.length),
    auroc(scores[1], scores[0]).toFixed(3),
    auroc(inDefect, outside).toFixed(3),
    above(scores[0]),
    above(scores[1]),
  ]
}

async function variantsOf(pixels: Pixels): Promise<Tensor[]> {
  const images = [pixels, ...(choice.rotations ? ROTATIONS.map((degrees) => rotatePixels(pixels, degrees)) : [])]
  const grids: Tensor[] = []
  for (const image of images) grids.push(gridOf(await vision.embed(image)))
  return grids
}

async function scoresOf(search: PatchSearch, images: readonly Pixels[]): Promise<{ score: number; distances: Tensor; tokens: Tokens }[]> {
  const scored = []
  for (const image of images) {
    const tokens = await vision.embed(image)
    scored.push({ ...(await scorePatches(search, gridOf(tokens))), tokens })
  }
  return scored
}

function gridOf(tokens: Tokens): Tensor {
  return tokens.layers[choice.layer]!.patches
}

/** Squares that are of one class but for a hundredth. */
function squaresOf(
  labels: Uint8Array,
  row: number,
  kind: number,
  { width, height }: { readonly width: number; readonly height: number },
): Square[] {
  const channels = row / width
  const squares: Square[] = []
  for (let top = 0; top + SIDE <= height; top += STEP) {
    for (let left = 0; left + SIDE <= width; left += STEP) {
      let inside = 0
      for (let y = top; y < top + SIDE; y++)
        for (let x = left; x < left + SIDE; x++) inside += Number(labels[(y * width + x) * channels] === kind)
      if (inside >= 0.99 * SIDE ** 2) squares.push({ left, top })
    }
  }
  return squares
}

/** Parts squares by a line, along x or y, so that none of one side overlaps one of the other and both sides have many. */
function apart(squares: readonly Square[]): readonly [Square[], Square[]] {
  const ways = (['left', 'top'] as const).flatMap((side) =>
    squares.map(
      (at) => [squares.filter((each) => each[side] + SIDE <= at[side]), squares.filter((each) => each[side] >= at[side])] as const,
    ),
  )
  return ways.reduce<readonly [Square[], Square[]]>(
    (best, way) => (Math.min(way[0].length, way[1].length) > Math.min(best[0].length, best[1].length) ? way : best),
    [[], []],
  )
}

function cutOut(data: Uint8Array, width: number, { left, top }: Square): Pixels {
  const pixels = new Uint8Array(SIDE * SIDE * 3)
  for (let y = 0; y < SIDE; y++)
    pixels.set(data.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + SIDE) * 3), y * SIDE * 3)
  return { data: pixels, width: SIDE, height: SIDE }
}

/** Draws a scratch, a stain or a hole, half of it transparent, somewhere in the middle. */
async function withDefect(pixels: Pixels, index: number): Promise<Defect> {
  const random = createRandom(24, index)
  const at = (): number => random.uniform(20, SIDE - 20)
  const [x, y, size, gray] = [at(), at(), random.uniform(4, 9), Math.round(random.uniform(0, 255))]
  const shapes = [
    (color: string) =>
      `<path d="M${x - 2 * size},${y - size} Q${x},${y + size} ${x + 2 * size},${y}" fill="none" stroke="${color}" stroke-width="1.6"/>`,
    (color: string) => `<ellipse cx="${x}" cy="${y}" rx="${size}" ry="${size * 0.7}" fill="${color}"/>`,
    (color: string) => `<rect x="${x - size / 2}" y="${y - size / 2}" width="${size}" height="${size}" fill="${color}"/>`,
  ]
  const shape = shapes[index % shapes.length]!
  const svg = (color: string): Buffer =>
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">${shape(color)}</svg>`)
  const raw = { raw: { width: SIDE, height: SIDE, channels: 3 as const } }
  const drawn = await sharp(pixels.data, raw)
    .composite([{ input: svg(`rgba(${gray},${gray},${gray},0.6)`) }])
    .removeAlpha()
    .raw()
    .toBuffer()
  const where = await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: 'black' } })
    .composite([{ input: svg('white') }])
    .extractChannel(0)
    .raw()
    .toBuffer()
  return {
    pixels: { data: new Uint8Array(drawn), width: SIDE, height: SIDE },
    mask: tensor(
      'bool',
      Uint8Array.from(where, (value) => Number(value > 127)),
      [SIDE, SIDE],
    ),
  }
}

async function save(folder: string, kinds: Readonly<Record<string, readonly Pixels[]>>): Promise<void> {
  for (const [kind, images] of Object.entries(kinds)) {
    await mkdir(join(folder, kind), { recursive: true })
    for (const [index, { data, width, height }] of images.entries())
      await sharp(data, { raw: { width, height, channels: 3 } }).toFile(join(folder, kind, `${String(index).padStart(2, '0')}.png`))
  }
}

/** Area under the ROC curve: the share of pairs in which the one that should score higher does, ties by half. */
function auroc(higher: readonly number[], lower: readonly number[]): number {
  const sorted = [...lower].sort((a, b) => a - b)
  const below = (value: number, orEqual: boolean): number => {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1
      else high = middle
    }
    return low
  }
  const won = higher.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0)
  return won / (higher.length * lower.length)
}
