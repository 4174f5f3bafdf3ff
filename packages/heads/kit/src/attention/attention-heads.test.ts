import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { areHeads, chosenHeads, headsOfLayer } from './attention-heads.ts'

test('takes the maps of the chosen attention heads, and all where none are chosen', () => {
  const heads = [
    [11, 2],
    [12, 3],
    [12, 1],
  ] as const
  expect([headsOfLayer({ heads }, 12, 3), headsOfLayer({}, 12, 3)]).toEqual([
    [3, 1],
    [1, 2, 3],
  ])
  const maps = tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 1, 2])
  expect(chosenHeads(maps, [3, 1])).toEqual(tensor('float32', Float32Array.of(5, 6, 1, 2), [2, 1, 2]))
})

test('rejects attention heads that are no pairs, twice the same, of other layers, or too high, and layers without one', () => {
  const valid = [
    [11, 1],
    [12, 3],
  ]
  expect(areHeads(valid, [11, 12], 3)).toBe(true)
  for (const wrong of [
    [[11, 1]],
    [...valid, [12, 3]],
    [...valid, [10, 1]],
    [...valid, [12, 4]],
    [...valid, [12, 0]],
    [...valid, [12, 1.5]],
    [...valid, [12]],
    [...valid, 7],
    'all',
    {},
  ])
    expect(areHeads(wrong, [11, 12], 3), JSON.stringify(wrong)).toBe(false)
})
