import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { patchAt, patchCenter, patchMask } from './patch-at.ts'
import { regionPatches, regionToken } from './region-token.ts'

// An image of 200x100, resized to half, of which the middle 50x50 were taken: source pixels 50 to 150, in 5x5 patches of 20 pixels.
const placement = {
  source: { width: 200, height: 100 },
  resized: { width: 100, height: 50 },
  left: 25,
  top: 0,
  input: { width: 50, height: 50 },
}
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

test('finds patches of pixels, and their centers', () => {
  expect(patchAt({ x: 50, y: 0 }, placement, [5, 5])).toEqual({ row: 0, column: 0 })
  expect(patchAt({ x: 149, y: 99 }, placement, [5, 5])).toEqual({ row: 4, column: 4 })
  expect(patchAt({ x: 70, y: 19 }, placement, [5, 5])).toEqual({ row: 0, column: 1 })
  expect(patchCenter({ row: 0, column: 1 }, placement, [5, 5])).toEqual({ x: 79.5, y: 9.5 })
  for (const x of [49, 150]) expect(() => patchAt({ x, y: 5 }, placement, [5, 5])).toThrow(code('invalid-option'))
})

test('takes patches of a mask that cover at least half of it', () => {
  const data = new Uint8Array(200 * 100)
  // All of the patch in row 1, column 0; half of that beside it; less than half of the next.
  for (let y = 20; y < 40; y++) data.fill(1, y * 200 + 50, y * 200 + 80)
  for (let y = 20; y < 29; y++) data.fill(1, y * 200 + 90, y * 200 + 110)
  const mask = patchMask(tensor('bool', data, [100, 200]), placement, [5, 5])
  expect([...mask.data.keys()].filter((i) => mask.data[i])).toEqual([5, 6])
  expect(() => patchMask(tensor('bool', data, [200, 100]), placement, [5, 5])).toThrow(code('label-invalid'))
})

test('takes the patches of a region that lie at least half in it, and their mean; of a small one that under its middle', () => {
  const seen = (...region: [number, number, number, number]): number[] => {
    const [left, top, width, height] = region
    const { data } = regionPatches({ left, top, width, height }, placement, [5, 5])
    return [...data.keys()].filter((i) => data[i])
  }
  expect(seen(60, 20, 50, 40)).toEqual([5, 6, 7, 10, 11, 12])
  expect(seen(61, 20, 49, 29)).toEqual([6, 7])
  expect(seen(75, 25, 4, 4)).toEqual([6])
  expect(seen(0, 0, 200, 100)).toHaveLength(25)
  // Of the left patch 6 of 11 columns and 11 of 12 rows: exactly half of its pixels.
  const whole = { width: 22, height: 12 }
  const uncropped = { source: whole, resized: whole, left: 0, top: 0, input: whole }
  expect([...regionPatches({ left: 5, top: 0, width: 17, height: 11 }, uncropped, [1, 2]).data]).toEqual([1, 1])
  for (const [left, top, width, height] of [
    [0, 0, 40, 40],
    [100, 50, 101, 10],
    [-1, 0, 80, 80],
    [60, 20, 0, 10],
  ] as const)
    expect(() => seen(left, top, width, height)).toThrow(code('invalid-option'))
  const patches = tensor(
    'float32',
    Float32Array.from({ length: 75 }, (_, i) => Math.sin(i)),
    [5, 5, 3],
  )
  const { data } = regionToken({ patches, placement }, { left: 70, top: 20, width: 40, height: 20 })
  const [one, other] = [6, 7].map((patch) => [0, 1, 2].map((i) => Math.sin(patch * 3 + i)))
  data.forEach((value, i) => expect(value).toBeCloseTo(one![i]! / Math.hypot(...one!) / 2 + other![i]! / Math.hypot(...other!) / 2, 6))
})
