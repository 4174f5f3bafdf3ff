import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { cosineSimilarity } from './cosine-similarity.ts'
import { similarityMap } from './similarity-map.ts'

const grid = tensor('float32', Float32Array.of(1, 0, 2, 0, 0, 3, -1, 0, 1, 1, 0, 0), [2, 3, 2])

test('gives every patch’s cosine to the chosen one', () => {
  const { data, shape } = similarityMap(grid, { row: 0, column: 1 })
  expect(shape).toEqual([2, 3])
  const expected = [1, 1, 0, -1, Math.SQRT1_2, 0]
  data.forEach((value, patch) => expect(value).toBeCloseTo(expected[patch]!, 6))
  const at = (patch: number) => tensor('float32', grid.data.slice(patch * 2, patch * 2 + 2), [2])
  data.forEach((value, patch) => expect(value).toBeCloseTo(cosineSimilarity(at(1), at(patch)), 6))
  // The same by the token, which may be of another image.
  expect(similarityMap(grid, at(1))).toEqual(similarityMap(grid, { row: 0, column: 1 }))
  expect(() => similarityMap(grid, tensor('float32', new Float32Array(3), [3]))).toThrow(
    expect.objectContaining({ code: 'tensor-invalid' }),
  )
})

test('rejects a place outside the grid', () => {
  for (const position of [
    { row: 2, column: 0 },
    { row: 0, column: 3 },
    { row: -1, column: 0 },
    { row: 0.5, column: 0 },
  ]) {
    expect(() => similarityMap(grid, position)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  }
})
