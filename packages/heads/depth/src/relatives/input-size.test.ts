import { ownGoldens } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { depthInputSize } from './input-size.ts'

type Pair = readonly [width: number, height: number]
interface Sizes {
  readonly side: number
  readonly sizes: readonly { readonly image: Pair; readonly least: Pair; readonly nearest: Pair }[]
}

const { side, sizes } = JSON.parse(new TextDecoder().decode(await ownGoldens.read('depth-anything/sizes.json'))) as Sizes

test.each(['least', 'nearest'] as const)('gives the reference’s size of the input for any image: %s', (rule) => {
  expect(sizes.length).toBeGreaterThan(40)
  for (const { image, ...to } of sizes) {
    // transformers makes nothing of a side of less than half a patch, and fails.
    const [width, height] = to[rule].map((length) => Math.max(length, 14))
    expect([image, depthInputSize({ rule, side }, 14, { width: image[0], height: image[1] })]).toEqual([image, { width, height }])
  }
})

test('brings the longer side to its size, and pads where images stay as they are', () => {
  expect(depthInputSize({ rule: 'longest', side: 504 }, 14, { width: 4032, height: 3024 })).toEqual({ width: 504, height: 378 })
  // 504 x 283.5, to 284, to 280; and 7 of 14 goes up.
  expect(depthInputSize({ rule: 'longest', side: 504 }, 14, { width: 1920, height: 1080 })).toEqual({ width: 504, height: 280 })
  expect(depthInputSize({ rule: 'longest', side: 504 }, 14, { width: 504, height: 21 })).toEqual({ width: 504, height: 28 })
  expect(depthInputSize({ rule: 'longest', side: 504 }, 14, { width: 2000, height: 3 })).toEqual({ width: 504, height: 14 })
  expect(depthInputSize({ rule: 'pad', side: 0 }, 14, { width: 5, height: 5 })).toBe('pad')
})
