/** Eigenvalues of a matrix, and its eigenvectors in the same order. */
export interface Eigen {
  readonly values: readonly number[]
  readonly vectors: readonly number[][]
}

const MOST_ROUNDS = 60

/**
 * Computes all eigenvalues and eigenvectors of a symmetric tridiagonal matrix, by QL iteration with implicit shifts (Wilkinson and
 * Reinsch, Handbook for Automatic Computation II, contribution II/3).
 *
 * @param diagonal - n values
 * @param beside - the n - 1 values above it
 */
export function symmetricTridiagonal(diagonal: readonly number[], beside: readonly number[]): Eigen {
  const count = diagonal.length
  const d = [...diagonal]
  const e = [...beside.slice(0, count - 1), 0]
  const vectors = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => Number(i === j)))
  for (let low = 0; low < count; low++) {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const high = splitAfter(d, e, low)
      if (high === low) break
      sweep(d, e, vectors, [low, high])
    }
  }
  return { values: d, vectors }
}

/** Where the matrix falls apart first, at or below a row. */
function splitAfter(d: readonly number[], e: readonly number[], low: number): number {
  let high = low
  while (high < d.length - 1 && Math.abs(e[high]!) > Number.EPSILON * (Math.abs(d[high]!) + Math.abs(d[high + 1]!))) high++
  return high
}

/** One QL step on the rows from low to high, with the rotations done to the vectors too. */
function sweep(d: number[], e: number[], vectors: number[][], [low, high]: readonly [number, number]): void {
  const half = (d[low + 1]! - d[low]!) / (2 * e[low]!)
  let g = d[high]! - d[low]! + e[low]! / (half + Math.sign(half || 1) * Math.hypot(half, 1))
  let [sine, cosine, moved] = [1, 1, 0]
  for (let i = high - 1; i >= low; i--) {
    const [f, b] = [sine * e[i]!, cosine * e[i]!]
    const length = Math.hypot(f, g)
    e[i + 1] = length
    if (length === 0) {
      d[i + 1]! -= moved
      e[high] = 0
      return
    }
    sine = f / length
    cosine = g / length
    g = d[i + 1]! - moved
    const turned = (d[i]! - g) * sine + 2 * cosine * b
    moved = sine * turned
    d[i + 1] = g + moved
    g = cosine * turned - b
    rotate(vectors[i]!, vectors[i + 1]!, sine, cosine)
  }
  d[low]! -= moved
  e[low] = g
  e[high] = 0
}

function rotate(left: number[], right: number[], sine: number, cosine: number): void {
  for (let k = 0; k < left.length; k++) {
    const f = right[k]!
    right[k] = sine * left[k]! + cosine * f
    left[k] = cosine * left[k]! - sine * f
  }
}
