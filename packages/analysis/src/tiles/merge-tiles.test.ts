import { openPixels, planInput, preprocess, tensor, type ModelCard, type Pixels, type Tensor } from '@dinokit/core'
import { largestDifference } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { mergeTiles, mergeTilesByBand, type Tile } from './merge-tiles.ts'
import { planTiles, type TilePlan } from './plan-tiles.ts'
import { shrinkImage } from './shrink-image.ts'

const PATCH = 4
const preprocessing = { shortest: 16, crop: 16, aspect: 'keep', filter: 'bicubic', mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } as const
const card = { architecture: { patch: PATCH }, preprocessing } as unknown as ModelCard
/** 26 rows of 33 patches, once its sides are multiples of 4. */
const pixels: Pixels = { data: Uint8Array.from({ length: 131 * 103 * 3 }, (_, i) => (i * 7919) % 256), width: 131, height: 103 }
const SIZES = { tile: 32, overlap: 12 }
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

/** Mean of each patch, in each channel: [rows][columns][3]. */
function patchMeans({ data, width, height }: Pixels): Tensor {
  const [rows, columns] = [height / PATCH, width / PATCH]
  const means = new Float32Array(rows * columns * 3)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / PATCH) * columns + Math.floor(x / PATCH)
      for (let channel = 0; channel < 3; channel++, i++) means[cell * 3 + channel]! += data[i]! / PATCH ** 2
    }
  }
  return tensor('float32', means, [rows, columns, 3])
}

/** The first channel of a grid, [rows][columns], scaled, with something added. */
function firstOf({ data, shape }: Tensor, scale = 1, added = 0): Tensor {
  const first = Float32Array.from({ length: data.length / 3 }, (_, i) => scale * data[i * 3]! + added)
  return tensor('float32', first, shape.slice(0, 2))
}

const whole = patchMeans(preprocess(pixels, planInput(pixels, { size: 'native', preprocessing, patch: PATCH })).pixels)

describe('mergeTiles', () => {
  test('gives what the whole image gives where a tile’s place does not matter', async () => {
    const merged = await mergeTiles(openPixels(pixels), card, (tile) => ({ means: patchMeans(tile.pixels) }), {
      ...SIZES,
      layout: 'tokens',
    })
    expect(merged.maps.means!.shape).toEqual([26, 33, 3])
    expect(merged.placement).toMatchObject({ source: { width: 131, height: 103 }, input: { width: 132, height: 104 }, left: 0, top: 0 })
    expect(largestDifference(merged.maps.means!.data, whole.data)).toBeLessThan(1e-3)
  })

  test('weights tiles by their distance from the edge, maps of several cells a patch and several maps too', async () => {
    // Each tile says its own number: what is merged is the weighted mean of the numbers, written out here.
    let count = 0
    const ask = (): Record<string, Tensor> => {
      count++
      return {
        one: tensor('float32', new Float32Array(64).fill(count), [8, 8]),
        two: tensor(
          'float32',
          new Float32Array(2 * 256).map((_, i) => (i < 256 ? count : -count)),
          [2, 16, 16],
        ),
      }
    }
    const { maps, plan } = await mergeTiles(openPixels(pixels), card, ask, SIZES)
    expect([maps.one!.shape, maps.two!.shape]).toEqual([
      [26, 33],
      [2, 52, 66],
    ])
    expect(largestDifference(maps.one!.data, weightedNumbers(plan, 1))).toBeLessThan(1e-4)
    const fine = weightedNumbers(plan, 2)
    expect(largestDifference(maps.two!.data.subarray(0, fine.length), fine)).toBeLessThan(1e-4)
    expect(maps.two!.data[fine.length]).toBe(-fine[0]!)
  })

  test('shows no seam where tiles differ in level: its step there is at most 1.2 times that elsewhere', async () => {
    let level = 0
    // A faint texture, and on it levels that differ by more.
    const texture = (tile: Tile): Tensor => firstOf(patchMeans(tile.pixels), 0.2, (level = (level * 29 + 17) % 41))
    const { maps, plan } = await mergeTiles(openPixels(pixels), card, (tile) => ({ map: texture(tile) }), SIZES)
    const edges = plan.lefts.flatMap((left) => [left, left + plan.tile[1]])
    const [seams, others] = [true, false].map((atSeam) => meanStep(maps.map!, (column) => edges.includes(column) === atSeam))
    expect(seams! / others!).toBeLessThan(1.2)
  })

  test('hands out the same rows by bands, tells of each tile, and sees a small image as one tile', async () => {
    const ask = (tile: Tile): Record<string, Tensor> => ({ map: firstOf(patchMeans(tile.pixels)) })
    const { maps } = await mergeTiles(openPixels(pixels), card, ask, SIZES)
    const done: number[] = []
    const bands: number[] = []
    for await (const band of mergeTilesByBand(openPixels(pixels), card, ask, { ...SIZES, onTile: (count) => done.push(count) }))
      bands.push(...band.maps.map!.data)
    expect(Float32Array.from(bands)).toEqual(maps.map!.data)
    expect(done).toEqual(Array.from({ length: 5 * 6 }, (_, i) => i + 1))
    const small = { data: pixels.data.slice(0, 3 * 16 * 12), width: 16, height: 12 }
    const one = await mergeTiles(openPixels(small), card, ask, SIZES)
    expect([one.plan.tops, one.plan.lefts, one.maps.map!.shape]).toEqual([[0], [0], [3, 4]])
  })

  test('rejects tiles that are no multiples of the patch, wide overlaps, and maps that do not fit', async () => {
    for (const sizes of [{ tile: 30 }, { tile: 32, overlap: 20 }, { tile: 32, overlap: 6 }, { tile: 0 }, { tile: NaN }, { overlap: -4 }])
      expect(() => planTiles(pixels, card, sizes), JSON.stringify(sizes)).toThrow(code('size-invalid'))
    const merge = (map: Tensor): Promise<unknown> => mergeTiles(openPixels(pixels), card, () => ({ map }), SIZES)
    for (const shape of [[7, 8], [8, 12], [64], [8, 8, 1]])
      await expect(merge(tensor('float32', new Float32Array(shape.reduce((a, b) => a * b)), shape))).rejects.toEqual(code('tensor-invalid'))
    await expect(mergeTiles(openPixels(pixels), card, () => ({}), { ...SIZES, signal: AbortSignal.abort() })).rejects.toEqual(
      code('aborted'),
    )
  })
})

/** Mean difference of neighboring columns, of those that are chosen. */
function meanStep({ data, shape }: Tensor, chosen: (column: number) => boolean): number {
  const columns = shape[1]!
  const steps = [...data].flatMap((value, i) => (i % columns > 0 && chosen(i % columns) ? [Math.abs(value - data[i - 1]!)] : []))
  return steps.reduce((a, b) => a + b, 0) / steps.length
}

/** Weighted means of the tiles' numbers, counted from 1, with so many cells along a patch. */
function weightedNumbers({ tops, lefts, grid }: TilePlan, scale: number): Float32Array {
  const [side, overlap] = [8 * scale, 3 * scale]
  const weight = (cell: number): number =>
    cell < 0 || cell >= side ? 0 : Math.min(1, (cell + 1) / (overlap + 1), (side - cell) / (overlap + 1))
  const columns = grid[1] * scale
  return Float32Array.from({ length: grid[0] * scale * columns }, (_, i) => {
    let [sum, weights] = [0, 0]
    for (const [row, top] of tops.entries()) {
      for (const [column, left] of lefts.entries()) {
        const w = weight(Math.floor(i / columns) - top * scale) * weight((i % columns) - left * scale)
        sum += w * (row * lefts.length + column + 1)
        weights += w
      }
    }
    return sum / weights
  })
}

test('shrinks an image to the means of what each pixel covers', async () => {
  const image = openPixels({ data: pixels.data.slice(0, 3 * 120 * 100), width: 120, height: 100 })
  const small = await shrinkImage(image, 30)
  const means = patchMeans({ data: pixels.data.slice(0, 3 * 120 * 100), width: 120, height: 100 })
  expect([small.width, small.height]).toEqual([30, 25])
  expect([...small.data]).toEqual([...means.data].map(Math.round))
  expect((await shrinkImage(image, 200)).width).toBe(120)
})
