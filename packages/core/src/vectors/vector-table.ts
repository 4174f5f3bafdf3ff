import { copyVectors, loadKernel, roomFor, upTo, type Kernel } from './kernel.ts'
import { plainProducts } from './products-of.ts'

/** Queries of one pass over a table: the kernel takes four vectors at a time. */
const TOGETHER = 4

/** Vectors that are kept where products with them are computed fast. Collected like any object, once nobody holds it. */
export interface VectorTable {
  /** Number of vectors. */
  readonly count: number
  /**
   * Computes the products of up to four vectors with all of the table.
   *
   * @param queries - [1 to 4][dim]
   * @returns [queries][count], valid until the next call
   */
  products(queries: Float32Array): Float32Array
}

/**
 * Keeps vectors in a memory of WebAssembly, where there is SIMD: 4 bytes a number.
 *
 * @param dim - of each vector
 * @param count - number of vectors
 * @param fill - writes them: called once, with [count][dim]
 * @throws RangeError where there is not so much memory
 */
export function createVectorTable(dim: number, count: number, fill: (vectors: Float32Array) => void): VectorTable {
  const kernel = dim % 4 === 0 ? loadKernel() : undefined
  if (!kernel) {
    const vectors = new Float32Array(count * dim)
    fill(vectors)
    return { count, products: (queries) => plainProducts(queries, vectors, dim) }
  }
  return compiledTable(kernel, { dim, count, fill })
}

interface TableParts {
  readonly dim: number
  readonly count: number
  readonly fill: (vectors: Float32Array) => void
}

function compiledTable(kernel: Kernel, { dim, count, fill }: TableParts): VectorTable {
  const across = upTo(count, 2)
  const fromQueries = across * dim
  const fromOut = fromQueries + TOGETHER * dim
  const values = roomFor(kernel, fromOut + TOGETHER * across)
  fill(values.subarray(0, count * dim))
  return {
    count,
    products(queries) {
      copyVectors(queries, values.subarray(fromQueries, fromOut), { dim, width: dim, count: TOGETHER })
      kernel.products(4 * fromQueries, 0, 4 * fromOut, TOGETHER, across, dim)
      if (queries.length === dim || across === count) return values.subarray(fromOut, fromOut + (queries.length / dim) * count)
      const result = new Float32Array((queries.length / dim) * count)
      for (let i = 0; i * dim < queries.length; i++)
        result.set(values.subarray(fromOut + i * across, fromOut + i * across + count), i * count)
      return result
    },
  }
}
