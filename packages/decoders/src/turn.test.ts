import { expect, test } from 'vitest'
import { turn } from './turn.ts'

/** Pixels of one channel's value each, as EXIF's orientations store an image of rows [1 2 3] and [4 5 6]. */
const STORED: readonly (readonly [orientation: number, width: number, values: readonly number[]])[] = [
  [1, 3, [1, 2, 3, 4, 5, 6]],
  [2, 3, [3, 2, 1, 6, 5, 4]],
  [3, 3, [6, 5, 4, 3, 2, 1]],
  [4, 3, [4, 5, 6, 1, 2, 3]],
  [5, 2, [1, 4, 2, 5, 3, 6]],
  [6, 2, [3, 6, 2, 5, 1, 4]],
  [7, 2, [6, 3, 5, 2, 4, 1]],
  [8, 2, [4, 1, 5, 2, 6, 3]],
]

test.each(STORED)('turns orientation %i upright', (orientation, width, values) => {
  const data = Uint8Array.from(values.flatMap((value) => [value, value + 10, value + 20]))
  expect(turn({ data, width, height: 6 / width }, orientation)).toEqual({
    data: Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((value) => [value, value + 10, value + 20])),
    width: 3,
    height: 2,
  })
})
