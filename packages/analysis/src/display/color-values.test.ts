import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { colorValues } from './color-values.ts'

/** matplotlib 3.10: entries of `matplotlib.colormaps[name].colors`, times 255. */
const REFERENCE: Readonly<Record<'viridis' | 'magma', Readonly<Record<number, readonly number[]>>>> = {
  viridis: {
    0: [68, 1, 84],
    17: [72, 26, 108],
    25: [72, 36, 117],
    77: [52, 96, 141],
    128: [33, 145, 140],
    200: [112, 207, 87],
    243: [223, 227, 24],
    255: [253, 231, 37],
  },
  magma: {
    0: [0, 0, 4],
    17: [11, 9, 36],
    25: [20, 14, 54],
    77: [101, 26, 128],
    128: [183, 55, 121],
    200: [253, 152, 105],
    243: [253, 231, 169],
    255: [252, 253, 191],
  },
}

test.each(['viridis', 'magma'] as const)('gives matplotlib’s colors of %s', (map) => {
  const { data } = colorValues(
    tensor(
      'float32',
      Float32Array.from({ length: 256 }, (_, i) => i),
      [1, 256],
    ),
    { map },
  )
  for (const [index, color] of Object.entries(REFERENCE[map])) {
    color.forEach((value, channel) => expect(Math.abs(data[Number(index) * 3 + channel]! - value)).toBeLessThanOrEqual(7))
  }
})

test('takes a range of one’s own, and values outside it', () => {
  const values = tensor('float32', Float32Array.of(-5, 0, 1, 9), [2, 2])
  const image = colorValues(values, { low: 0, high: 1, map: 'magma' })
  expect(image).toMatchObject({ width: 2, height: 2 })
  expect([...image.data]).toEqual([0, 0, 4, 0, 0, 4, 252, 253, 191, 252, 253, 191])
  expect(new Set(colorValues(tensor('float32', Float32Array.of(3, 3), [1, 2])).data)).toEqual(new Set([68, 1, 84]))
})

test('gives the smallest value the last color where the range is reversed', () => {
  const ramp = tensor('float32', Float32Array.of(1, 2, 3, 4, 5), [1, 5])
  const forwards = colorValues(ramp, { map: 'magma', low: 1, high: 5 })
  const backwards = colorValues(ramp, { map: 'magma', low: 5, high: 1 })
  for (let i = 0; i < 5; i++) {
    expect([...backwards.data.subarray(i * 3, i * 3 + 3)]).toEqual([...forwards.data.subarray((4 - i) * 3, (5 - i) * 3)])
  }
  expect([...backwards.data.subarray(0, 3)]).toEqual([252, 253, 191])
})
