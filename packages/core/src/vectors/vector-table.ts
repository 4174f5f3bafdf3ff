import { copyVectors, loadKernel, roomFor, upTo, type Kernel } from './kernel.ts'
import { plainProducts } from './products-of.ts'

/** Queries of one pass over a table: the kernel takes four vectors at a time, with two others. */
const TOGETHER = 4
const PAIR = 2

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
  const across = upTo(count, TOGETHER)
  const fromQueries = across * dim
  const fromOut = fromQueries + TOGETHER * dim
  const values = roomFor(kernel, fromOut + TOGETHER * across)
  fill(values.subarray(0, count * dim))
  const result = new Float32Array(TOGETHER * count)
  return {
    count,
    products(queries) {
      const asked = queries.length / dim
      copyVectors(queries, values.subarray(fromQueries, fromOut), { dim, width: dim, count: TOGETHER })
      if (asked > PAIR) kernel.products(4 * fromQueries, 0, 4 * fromOut, TOGETHER, across, dim)
      // Of one or two queries it is less work to take four vectors of the table at a time.
      else kernel.products(0, 4 * fromQueries, 4 * fromOut, across, PAIR, dim)
      const [ofQuery, ofRow] = asked > PAIR ? [across, 1] : [1, PAIR]
      for (let query = 0, at = 0; query < asked; query++)
        for (let row = 0, from = fromOut + query * ofQuery; row < count; row++, from += ofRow) result[at++] = values[from]!
      return result.subarray(0, asked * count)
    },
  }
}
