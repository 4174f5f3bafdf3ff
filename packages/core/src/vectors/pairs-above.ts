import { copyVectors, roomFor, sharedKernel, upTo, type Kernel } from './kernel.ts'

/** Most vectors of one set: a pair is kept as two numbers of 16 bits. */
const MOST = 65_536
/** Vectors that one set has together in a panel: two registers of four numbers. */
const PANEL = 8

/** Two sets of vectors, and the least product of each of the first with its partner. */
export interface PairQuestion {
  /** [vectors of a][dim], at most 65,536 vectors. */
  readonly a: Float32Array
  /** [vectors of b][dim], at most 65,536 vectors. */
  readonly b: Float32Array
  readonly dim: number
  /** [vectors of a] */
  readonly thresholds: Float32Array
}

/**
 * Finds the pairs of two sets whose product is at least the threshold of the first of them, computed in 32 bits, in WebAssembly where
 * there is SIMD. Nothing is kept of the others.
 *
 * @returns `place in a << 16 | place in b` of each, in no order that counts
 * @throws RangeError where a set has more than 65,536 vectors
 */
export function pairsAbove(question: PairQuestion): Uint32Array {
  const { a, b, dim } = question
  if (Math.max(a.length, b.length) > MOST * dim) throw new RangeError('A set has more than 65,536 vectors.')
  if (a.length === 0 || b.length === 0) return new Uint32Array()
  const kernel = sharedKernel()
  return kernel ? compiledPairs(kernel, question) : plainPairs(question)
}

/** Does it by the kernel. */
export function compiledPairs(kernel: Kernel, { a, b, dim, thresholds }: PairQuestion): Uint32Array {
  const [countA, countB] = [upTo(a.length / dim, 4), upTo(b.length / dim, PANEL)]
  const fromB = countA * dim
  const fromThresholds = fromB + countB * dim
  const fromOut = fromThresholds + countA
  const values = roomFor(kernel, fromOut + countA * countB)
  copyVectors(a, values, { dim, width: dim, count: countA })
  packPanels(b, values.subarray(fromB, fromThresholds), dim)
  values.fill(Infinity, fromThresholds, fromOut)
  values.set(thresholds, fromThresholds)
  const found = kernel.pairsAbove(0, 4 * fromB, 4 * fromThresholds, 4 * fromOut, countA, countB, dim)
  const pairs = new Uint32Array(kernel.memory.buffer, 4 * fromOut, found)
  // Vectors of zeros fill the last panel: no partners.
  return pairs.filter((pair) => (pair & 0xffff) < b.length / dim)
}

function packPanels(b: Float32Array, to: Float32Array, dim: number): void {
  const count = b.length / dim
  for (let panel = 0; panel < count; panel += PANEL) {
    for (let lane = 0; lane < PANEL; lane++) {
      const from = (panel + lane) * dim
      const at = panel * dim + lane
      if (panel + lane < count) for (let i = 0; i < dim; i++) to[at + i * PANEL] = b[from + i]!
      else for (let i = 0; i < dim; i++) to[at + i * PANEL] = 0
    }
  }
}

/** Does the same in plain loops. */
export function plainPairs({ a, b, dim, thresholds }: PairQuestion): Uint32Array {
  const found: number[] = []
  for (let i = 0; i * dim < a.length; i++) {
    for (let j = 0; j * dim < b.length; j++) {
      let sum = 0
      for (let k = 0; k < dim; k++) sum = Math.fround(sum + Math.fround(a[i * dim + k]! * b[j * dim + k]!))
      if (sum >= thresholds[i]!) found.push(((i << 16) | j) >>> 0)
    }
  }
  return Uint32Array.from(found)
}
