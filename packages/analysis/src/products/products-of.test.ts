import { expect, test } from 'vitest'
import { loadProducts } from './products-kernel.ts'
import { plainProducts } from './products-of.ts'

const values = (count: number, seed: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed))

test('computes in WebAssembly what plain loops do, for odd numbers and lengths, several blocks, and after larger ones', () => {
  const kernel = loadProducts()!
  for (const [countA, countB, dim] of [
    [261, 9, 12],
    [5, 3, 7],
    [1, 1, 1],
    [0, 4, 8],
    [4, 0, 8],
  ] as const) {
    const [a, b] = [values(countA * dim, 1), values(countB * dim, 2)]
    const [expected, actual] = [plainProducts(a, b, dim), kernel(a, b, dim)]
    expect(actual.length).toBe(countA * countB)
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
  }
})
