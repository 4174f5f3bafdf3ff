import { copyVectors, roomFor, sharedKernel, upTo, type Kernel } from './kernel.ts'

/** Vectors of the first set that are in the kernel's memory at once. */
const BLOCK = 256

/**
 * Computes the products of all vectors of one set with all of another, in WebAssembly where there is SIMD.
 *
 * @param a - [vectors of a][dim]
 * @param b - [vectors of b][dim]
 * @returns [vectors of a][vectors of b]
 */
export function productsOf(a: Float32Array, b: Float32Array, dim: number): Float32Array {
  const kernel = sharedKernel()
  return kernel ? compiledProducts(kernel, { a, b, dim }) : plainProducts(a, b, dim)
}

/** Two sets of vectors. */
interface Sets {
  readonly a: Float32Array
  readonly b: Float32Array
  readonly dim: number
}

/** Does it by the kernel. */
export function compiledProducts(kernel: Kernel, { a, b, dim }: Sets): Float32Array {
  const [countA, countB] = [a.length / dim, b.length / dim]
  const [width, across] = [upTo(dim, 4), upTo(countB, 2)]
  const result = new Float32Array(countA * countB)
  const [fromA, fromOut] = [across * width, (across + BLOCK) * width]
  const values = roomFor(kernel, fromOut + BLOCK * across)
  copyVectors(b, values, { dim, width, count: across })
  for (let start = 0; start < countA; start += BLOCK) {
    const count = Math.min(BLOCK, countA - start)
    copyVectors(a.subarray(start * dim, (start + count) * dim), values.subarray(fromA), { dim, width, count: upTo(count, 4) })
    kernel.products(4 * fromA, 0, 4 * fromOut, upTo(count, 4), across, width)
    for (let i = 0; i < count; i++) result.set(values.subarray(fromOut + i * across, fromOut + i * across + countB), (start + i) * countB)
  }
  return result
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
