import { tensor, type Placement, type Tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { labelMap } from './label-map.ts'
import { measureExtent, sourceMap } from './source-map.ts'

// What has no reference is computed the plain way, pixel by pixel and class by class, in float64.

function randomTensor(seed: number, ...shape: number[]): Tensor {
  let state = seed
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state / 2 ** 31
  })
  return tensor('float32', data, shape)
}

/** The value of one channel at a pixel of the source; undefined where the model saw nothing. */
function valueAt(
  map: Tensor,
  channel: number,
  { source, resized, left, top, input }: Placement,
  [x, y]: readonly [number, number],
): number | undefined {
  const [, rows, columns] = map.shape as [number, number, number]
  const u = ((x + 0.5) * resized.width) / source.width - left
  const v = ((y + 0.5) * resized.height) / source.height - top
  if (u < 0 || v < 0 || u > input.width || v > input.height) return undefined
  const gx = Math.min(Math.max((u * columns) / input.width - 0.5, 0), columns - 1)
  const gy = Math.min(Math.max((v * rows) / input.height - 0.5, 0), rows - 1)
  const at = (row: number, column: number): number =>
    map.data[(channel * rows + Math.min(row, rows - 1)) * columns + Math.min(column, columns - 1)]!
  const [i, j] = [Math.floor(gy), Math.floor(gx)]
  const [t, s] = [gy - i, gx - j]
  return (1 - t) * ((1 - s) * at(i, j) + s * at(i, j + 1)) + t * ((1 - s) * at(i + 1, j) + s * at(i + 1, j + 1))
}

const size = (width: number, height: number): Placement['source'] => ({ width, height })
const PLACEMENTS: readonly (readonly [string, Placement])[] = [
  ['the whole, larger than the grid', { source: size(97, 61), resized: size(56, 42), left: 0, top: 0, input: size(56, 42) }],
  ['the whole, smaller than the grid', { source: size(3, 2), resized: size(56, 42), left: 0, top: 0, input: size(56, 42) }],
  ['a crop', { source: size(90, 40), resized: size(126, 56), left: 35, top: 7, input: size(56, 42) }],
  ['padded', { source: size(50, 37), resized: size(50, 37), left: -3, top: -2, input: size(56, 42) }],
  ['one pixel', { source: size(1, 1), resized: size(56, 42), left: 0, top: 0, input: size(56, 42) }],
]

test.each(PLACEMENTS)('gives the labels of each pixel: %s', (_, placement) => {
  for (const classes of [2, 7, 40]) {
    const scores = randomTensor(classes, classes, 3, 4)
    const { data, shape, unknown } = labelMap(scores, placement)
    const { width, height } = placement.source
    expect(shape).toEqual([height, width])
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const values = Array.from({ length: classes }, (_, index) => valueAt(scores, index, placement, [x, y]))
        const label = data[y * width + x]!
        if (values[0] === undefined) expect(label).toBe(unknown)
        else expect(Math.max(...(values as number[])) - values[label]!).toBeLessThan(1e-6)
      }
    }
  }
})

test.each(PLACEMENTS)('gives the values of each pixel: %s', (_, placement) => {
  const grid = randomTensor(5, 1, 3, 4)
  const map = sourceMap(grid, placement, { unit: 'm', unknown: 0 })
  const { data, unit, unknown } = map
  const { width, height } = placement.source
  expect([unit, unknown]).toEqual(['m', 0])
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) expect(data[y * width + x]).toBeCloseTo(valueAt(grid, 0, placement, [x, y]) ?? 0, 6)
  const seen = data.filter((_, i) => valueAt(grid, 0, placement, [i % width, Math.floor(i / width)]) !== undefined)
  expect(measureExtent(map, placement, grid)).toEqual({ min: Math.min(...seen), max: Math.max(...seen) })
})

test('tells more classes apart than a byte can', () => {
  const { dtype, data, unknown } = labelMap(randomTensor(1, 300, 3, 4), PLACEMENTS[2]![1])
  expect([dtype, unknown]).toEqual(['uint16', 65_535])
  expect(data.includes(65_535)).toBe(true)
})
