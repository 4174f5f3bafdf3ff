import { expect, test } from 'vitest'
import { loadKernel } from './kernel.ts'
import { compiledPairs, pairsAbove, plainPairs } from './pairs-above.ts'
import { compiledProducts, plainProducts } from './products-of.ts'
import { createVectorTable } from './vector-table.ts'

const values = (count: number, seed: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed))

test('computes in WebAssembly what plain loops do, for odd numbers and lengths, several blocks, and after larger ones', () => {
  const kernel = loadKernel()!
  for (const [countA, countB, dim] of [
    [261, 9, 12],
    [5, 3, 7],
    [1, 1, 1],
    [0, 4, 8],
    [4, 0, 8],
  ] as const) {
    const [a, b] = [values(countA * dim, 1), values(countB * dim, 2)]
    const [expected, actual] = [plainProducts(a, b, dim), compiledProducts(kernel, { a, b, dim })]
    expect(actual.length).toBe(countA * countB)
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
  }
})

test('finds the pairs above thresholds that plain loops find, and no partner that is not there', () => {
  const kernel = loadKernel()!
  for (const [countA, countB, dim] of [
    [37, 21, 12],
    [5, 3, 7],
    [9, 130, 5],
  ] as const) {
    const [a, b] = [values(countA * dim, 1), values(countB * dim, 2)]
    const thresholds = Float32Array.from({ length: countA }, (_, i) => (i % 3 === 0 ? -1 : 0.4 * dim * Math.sin(i)))
    const question = { a, b, dim, thresholds }
    const expected = plainPairs(question)
    expect(expected.length).toBeGreaterThan(0)
    expect(compiledPairs(kernel, question).sort()).toEqual(expected.sort())
  }
  expect(pairsAbove({ a: new Float32Array(), b: values(8, 1), dim: 4, thresholds: new Float32Array() })).toHaveLength(0)
  expect(() => pairsAbove({ a: new Float32Array(65_537), b: values(1, 1), dim: 1, thresholds: new Float32Array() })).toThrow(RangeError)
})

test('keeps vectors, and gives the products of one to four queries with each', () => {
  for (const [dim, count] of [
    [8, 5],
    [8, 6],
    [7, 5],
    [12, 1],
    [4, 9],
  ] as const) {
    const vectors = values(dim * count, 3)
    const table = createVectorTable(dim, count, (to) => to.set(vectors))
    for (const queries of [1, 4, 2, 3, 1]) {
      const asked = values(queries * dim, queries)
      const expected = plainProducts(asked, vectors, dim)
      const found = table.products(asked)
      expect(found.length).toBe(queries * count)
      found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
    }
  }
})
