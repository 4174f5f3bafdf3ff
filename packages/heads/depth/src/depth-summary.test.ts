import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { summarizeDepth, type Depth } from './index.ts'

function depthOf(values: readonly number[], unknown: number): Depth {
  const { data } = tensor('float32', Float32Array.from(values), [1, values.length])
  const map = { dtype: 'float32', data, shape: [1, values.length], unit: 'meters', unknown } as const
  return { map, unit: 'meters', min: 0, max: 0 } as unknown as Depth
}

/** Its values repeat, lie on both sides of 0, and differ in the last bits alone. */
const VALUES = Array.from({ length: 501 }, (_, i) => Math.sin(i * 12.9898) * (i % 5) + (i % 3 === 0 ? 1e-7 * i : 0))

test.each([
  ['values of either sign', VALUES, -1],
  ['an even number of them', VALUES.slice(0, 500), -1],
  ['values that are nearly one', VALUES.map((value) => 1 + value * 1e-6), 0],
  ['many that are not known', VALUES.map((value, i) => (i % 7 ? 0 : value)), 0],
  ['one value', [2.5], 0],
])('finds the median that sorting finds: %s', (_, values, unknown) => {
  const known = Float32Array.from(values)
    .filter((value) => value !== unknown)
    .sort()
  expect(summarizeDepth(depthOf(values, unknown))).toMatchObject({
    median: known[known.length >> 1],
    unknown: values.length - known.length,
  })
})

test('a map of which nothing is known has no median', () =>
  expect(summarizeDepth(depthOf([0, 0], 0))).toMatchObject({ median: 0, unknown: 2 }))
