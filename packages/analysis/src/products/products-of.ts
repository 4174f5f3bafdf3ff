import { loadProducts } from './products-kernel.ts'

/** The compiled kernel: loaded once, where it is needed first; null where the engine has none. */
let kernel: ReturnType<typeof loadProducts> | null | undefined

/**
 * Computes the products of all vectors of one set with all of another, in WebAssembly where there is SIMD.
 *
 * @returns [vectors of a][vectors of b]
 */
export function productsOf(a: Float32Array, b: Float32Array, dim: number): Float32Array {
  kernel ??= kernel === undefined ? (loadProducts() ?? null) : null
  return kernel ? kernel(a, b, dim) : plainProducts(a, b, dim)
}

/** Does the same in plain loops. */
export function plainProducts(a: Float32Array, b: Float32Array, dim: number): Float32Array {
  const [countA, countB] = [a.length / dim, b.length / dim]
  const products = new Float32Array(countA * countB)
  for (let i = 0; i < countA; i++) {
    const left = i * dim
    let j = 0
    for (; j + 3 < countB; j += 4) {
      const right = j * dim
      let [first, second, third, fourth] = [0, 0, 0, 0]
      for (let k = 0; k < dim; k++) {
        const value = a[left + k]!
        first += value * b[right + k]!
        second += value * b[right + dim + k]!
        third += value * b[right + 2 * dim + k]!
        fourth += value * b[right + 3 * dim + k]!
      }
      const at = i * countB + j
      products[at] = first
      products[at + 1] = second
      products[at + 2] = third
      products[at + 3] = fourth
    }
    for (; j < countB; j++) {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += a[left + k]! * b[j * dim + k]!
      products[i * countB + j] = sum
    }
  }
  return products
}
