import { createPatchSearch, embedTiles, layerPatches, planTiles, scorePatches, scoreTiles, type PatchSearch } from '@dinokit/analysis'
import { tensor, type Head, type Tensor, type Tokens, type Vision } from '@dinokit/core'
import { segmentation, type Segmentation, type SegmentOptions } from '@dinokit/head-segmentation'
import { createNodeRuntime, decodeImage, openImage, type ImageSource, type ReducibleImage } from '@dinokit/runtime-node'
import { largestDifference } from '@dinokit/testing'
import { open } from 'dinokit'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findObjects } from '../analysis/find-objects.ts'
import { attentionInTiles } from './attention-in-tiles.ts'
import { objectsInTiles } from './objects-in-tiles.ts'
import { segmentInTiles } from './segment-in-tiles.ts'

/** 451x300: 21 rows of 32 patches. */
const CAT = fileURLToPath(new URL('../../../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const COFFEE = fileURLToPath(new URL('../../../../../examples/first-look/images/coffee.jpg', import.meta.url))
const ONE_TILE = { tile: 518, overlap: 112 }
const MANY_TILES = { tile: 140, overlap: 56 }

let vision: Vision<ImageSource, { readonly head: Head<SegmentOptions, Segmentation> }>
let image: ReducibleImage
beforeAll(async () => {
  vision = await open({ attention: [12], facets: [12], rawLayers: [12], layers: [6], heads: { head: segmentation() } })
  image = await openImage(CAT)
})
afterAll(async () => {
  await vision.dispose()
  await image.close()
})

test('gives what the whole image gives where it is one tile: tokens, layers, and a head’s scores', async () => {
  const whole = await vision.embed(CAT, { size: 'native' })
  const tokens = await embedTiles(vision, image, ONE_TILE)
  for (const pick of [(of: typeof tokens) => of, (of: typeof tokens) => of.layers[6]!, (of: typeof tokens) => of.rawLayers[12]!]) {
    expect(largestDifference(pick(tokens).patches.data, pick(whole).patches.data)).toBeLessThan(1e-4)
    expect(largestDifference(pick(tokens).cls.data, pick(whole).cls.data)).toBeLessThan(1e-4)
  }
  expect(tokens.placement).toEqual(whole.placement)
  expect([tokens.fingerprint.preprocessing, tokens.attention]).toEqual([`tiles518-112-${whole.fingerprint.preprocessing}`, {}])
  const { logits, known } = await segmentInTiles(vision, image, ONE_TILE)
  const expected = await vision.heads.head(CAT, { size: 'native' })
  expect(largestDifference(logits.data, expected.logits.data)).toBeLessThan(1e-3)
  expect(known).toEqual(expected.known)
})

test('shows no seams in the attention of a photograph', async () => {
  const { found, placement } = await attentionInTiles(vision, image, { layer: 12, heads: [1], rollout: false }, MANY_TILES)
  expect([found.maps.shape, placement.input]).toEqual([[1, 21, 32], { width: 448, height: 294 }])
  const { tops, lefts, tile } = planTiles(image.size, vision.card, MANY_TILES)
  const [down, across] = [tops, lefts].map((starts, side) => starts.flatMap((start) => [start, start + tile[side]!]))
  const steps = stepsOf(found.mean, (row, column, isDown) => (isDown ? down!.includes(row) : across!.includes(column)))
  expect(steps.seam / steps.other).toBeLessThan(1.2)
})

test('scores a large image by a bank: no seams, and what the whole image scores where it is one tile', async () => {
  await using search = await searchOf(await vision.embed(COFFEE, { size: 'native' }))
  const { distances, score } = await scoreTiles(vision, image, search, MANY_TILES)
  const { tops, lefts, tile } = planTiles(image.size, vision.card, MANY_TILES)
  const [down, across] = [tops, lefts].map((starts, side) => starts.flatMap((start) => [start, start + tile[side]!]))
  const steps = stepsOf(distances, (row, column, isDown) => (isDown ? down!.includes(row) : across!.includes(column)))
  expect(steps.seam / steps.other).toBeLessThan(1.2)
  expect(score).toBeGreaterThan(0)
  const one = await scoreTiles(vision, image, search, { ...ONE_TILE, layer: 6 })
  const whole = await scorePatches(search, layerPatches(await vision.embed(CAT, { size: 'native' }), 6))
  expect(Math.abs(one.score - whole.score)).toBeLessThan(1e-5)
  expect(largestDifference(one.distances.data, whole.distances.data)).toBeLessThan(1e-5)
  const stop = new Error('of another bank')
  const refuse = (): never => {
    throw stop
  }
  await expect(scoreTiles(vision, image, search, { ...MANY_TILES, onFingerprint: refuse })).rejects.toBe(stop)
})

test('finds the object of a large image where it is found in the image as a whole', async () => {
  const { objects, small } = await objectsInTiles(vision, image, { method: 'token-cut', most: 1, layer: 12 }, MANY_TILES)
  const pixels = await decodeImage(CAT)
  const [expected] = await findObjects(await vision.embed(CAT, { size: 'native' }), 12, pixels, { method: 'token-cut', most: 1 })
  expect(overlapOf(objects[0]!.mask, expected!.mask)).toBeGreaterThan(0.75)
  expect([objects[0]!.mask.shape, small.objects[0]!.mask.shape]).toEqual([
    [300, 451],
    [300, 451],
  ])
})

function searchOf({ patches: { data, shape } }: Tokens): Promise<PatchSearch> {
  return createPatchSearch(createNodeRuntime(), tensor('float32', data, [shape[0]! * shape[1]!, shape[2]!]))
}

/** Intersection over union of two masks. */
function overlapOf({ data: a }: Tensor<'bool'>, { data: b }: Tensor<'bool'>): number {
  let [both, either] = [0, 0]
  a.forEach((value, i) => {
    both += value & b[i]!
    either += value | b[i]!
  })
  return both / either
}

/** Mean difference of neighbors across seams, and elsewhere. */
function stepsOf(
  { data, shape: [rows = 0, columns = 0] }: Tensor,
  isSeam: (row: number, column: number, isDown: boolean) => boolean,
): { readonly seam: number; readonly other: number } {
  const sums = { seam: [0, 0], other: [0, 0] }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (const isDown of [true, false]) {
        const before = isDown ? (row - 1) * columns + column : row * columns + column - 1
        if (isDown ? row === 0 : column === 0) continue
        const sum = sums[isSeam(row, column, isDown) ? 'seam' : 'other']
        sum[0]! += Math.abs(data[row * columns + column]! - data[before]!)
        sum[1]!++
      }
    }
  }
  return { seam: sums.seam[0]! / sums.seam[1]!, other: sums.other[0]! / sums.other[1]! }
}
