import { expect, test } from 'vitest'
import { inputSize, SIZE_CHOICES } from './input-size.ts'

test('keeps the shape, gives the shorter side as chosen, and makes sides multiples of the patch', () => {
  expect(inputSize({ width: 451, height: 300 }, 224, 14)).toEqual({ width: 336, height: 224 })
  expect(inputSize({ width: 300, height: 451 }, 518, 14)).toEqual({ width: 518, height: 784 })
  expect(inputSize({ width: 500, height: 500 }, 448, 14)).toEqual({ width: 448, height: 448 })
  expect(inputSize({ width: 451, height: 300 }, 'native', 14)).toEqual({ width: 448, height: 294 })
})

test.each([
  { width: 1, height: 1 },
  { width: 6000, height: 4000 },
  { width: 100_000, height: 3 },
  { width: 3, height: 100_000 },
])('gives a size for an image however large or thin: %o', (source) => {
  for (const choice of SIZE_CHOICES) {
    const { width, height } = inputSize(source, choice, 14)
    for (const side of [width, height]) expect(side > 0 && side % 14 === 0).toBe(true)
    expect((width / 14) * (height / 14)).toBeLessThanOrEqual(4096)
  }
})
