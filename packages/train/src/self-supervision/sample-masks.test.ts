import { createRandom } from '@dinokit/core/augment'
import { expect, test } from 'vitest'
import { sampleMasks } from './sample-masks.ts'
import { maskedBatch } from './masked-batch.ts'

test('masks half of the crops, between a tenth and a half of their patches, the same for the same seed', () => {
  const counts: number[] = []
  for (let seed = 0; seed < 50; seed++) {
    const { data, shape } = sampleMasks(createRandom(seed), 8, [16, 16])
    expect(shape).toEqual([8, 256])
    expect(sampleMasks(createRandom(seed), 8, [16, 16]).data).toEqual(data)
    const perCrop = Array.from({ length: 8 }, (_, crop) => data.subarray(crop * 256, (crop + 1) * 256).reduce((sum, set) => sum + set, 0))
    const masked = perCrop.filter((count) => count > 0)
    expect(masked.length).toBe(4)
    counts.push(...masked)
  }
  expect(Math.max(...counts)).toBeLessThanOrEqual(128)
  expect(counts.reduce((sum, count) => sum + count) / counts.length / 256).toBeGreaterThan(0.25)
  expect(counts.reduce((sum, count) => sum + count) / counts.length / 256).toBeLessThan(0.32)
})

test('masks a patch of the smallest crop and batch', () => {
  const mask = sampleMasks(createRandom(1), 2, [1, 2])
  const { masked, maskWeights } = maskedBatch(mask)
  expect(masked.data.length).toBe(1)
  expect(Array.from(maskWeights.data)).toEqual([1])
  expect(mask.data[Number(masked.data[0])]).toBe(1)
})
