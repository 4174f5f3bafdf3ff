import type { Pixels } from '@dinokit/core'
import { createRandom, multiCrop } from '@dinokit/core/augment'
import { expect, test } from 'vitest'
import { randomResizedCrops } from './random-resized-crops.ts'

/** Red grows from left to right. */
const SLOPE: Pixels = {
  width: 56,
  height: 56,
  data: Uint8Array.from({ length: 56 * 56 * 3 }, (_, i) => (i % 3 === 0 ? 4 * (Math.floor(i / 3) % 56) : i % 3 === 1 ? 90 : 30)),
}

const cropsOf = (recipe: ReturnType<typeof randomResizedCrops>, count: number): Pixels[] =>
  Array.from({ length: count }, (_, seed) => {
    const { global, local } = multiCrop(SLOPE, recipe, createRandom(seed))
    expect([global.length, local.length]).toEqual([1, 0])
    return global[0]!.pixels
  })

test('gives a random rectangle, mirrored every other time, with its colors as they are', () => {
  const crops = cropsOf(randomResizedCrops({ size: 28, scale: [0.32, 1] }), 200)
  const mirrored = crops.filter(({ data }) => data[0]! > data[27 * 3]!)
  // Of 200 fair throws, outside 70 to 130 once in fifty thousand.
  expect(Math.abs(mirrored.length - 100)).toBeLessThanOrEqual(30)
  for (const { width, height, data } of crops) {
    expect([width, height]).toEqual([28, 28])
    expect(data.every((value, i) => i % 3 === 0 || value === (i % 3 === 1 ? 90 : 30))).toBe(true)
  }
  // How wide each is: from first to last column red grows by 4 for each of the image's, 27 of 28 of the crop's width.
  const widths = crops.map(({ data }) => (Math.abs(data[27 * 3]! - data[0]!) / 4) * (28 / 27))
  const narrowest = 56 * Math.sqrt(0.32 * 0.75)
  expect(Math.min(...widths)).toBeGreaterThan(narrowest - 2)
  expect(Math.min(...widths)).toBeLessThan(narrowest + 6)
  expect(Math.max(...widths)).toBeGreaterThan(52)
})

test('gives all of a square image as the image', () => {
  const [crop] = cropsOf(randomResizedCrops({ size: 56, scale: [1, 1], ratio: [1, 1], flip: 0 }), 1)
  expect(crop!.data).toEqual(SLOPE.data)
})
