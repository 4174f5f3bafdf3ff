/** A product: [rows][depth] by [depth][width]. */
export interface Shape {
  readonly rows: number
  readonly depth: number
  readonly width: number
}

/** One who computes the products of the same rows with several matrices. */
export interface Contender {
  /** Computes them; gives the first row of each. */
  readonly run: (x: Float32Array) => Promise<readonly Float32Array[]>
  /** Gives back what it holds. */
  readonly end: () => Promise<void>
}

/** Matrices that take turns, as a network's do: no cache holds them all. */
export const MATRICES = 4

/** Tokens of an image of 224x224. */
const TOKENS = 257

/**
 * Products of a block of a vision transformer: projection; query, key and value together; into the feed-forward network and out of it.
 *
 * @param dim - width of a token
 * @param batch - images
 */
export function blockShapes(dim: number, batch: number): Shape[] {
  const rows = TOKENS * batch
  return [
    { rows, depth: dim, width: dim },
    { rows, depth: dim, width: 3 * dim },
    { rows, depth: dim, width: 4 * dim },
    { rows, depth: 4 * dim, width: dim },
  ]
}

/** A matrix [depth][width] as [width][depth]. */
export function transpose(matrix: Float32Array, { depth, width }: Pick<Shape, 'depth' | 'width'>): Float32Array {
  return Float32Array.from({ length: matrix.length }, (_, at) => matrix[(at % depth) * width + Math.floor(at / depth)]!)
}

/** Numbers around 0, the same every time. */
export function numbers(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed
  return Float32Array.from({ length: count }, () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5)
}
