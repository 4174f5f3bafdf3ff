/** Vectors that are chosen from: [count][dim]. */
export interface DiverseQuestion {
  /** [dim] */
  readonly query: Float32Array
  /** [count][dim], the nearest to the query first. */
  readonly vectors: Float32Array
  /** Number to choose; all where there are no more. */
  readonly top: number
  /** From 0, the nearest, to 1, the least alike. */
  readonly diversity: number
}

/**
 * Chooses vectors that are near to a query and unlike each other (maximal marginal relevance, Carbonell and Goldstein 1998): one after the
 * other the one whose (1 - diversity) * cosine with the query - diversity * largest cosine with a chosen one is largest; the nearest
 * first, and of equals the nearer one.
 *
 * @returns places in `vectors`, in the order of choice
 */
export function chooseDiverse({ query, vectors, top, diversity }: DiverseQuestion): number[] {
  const dim = query.length
  const count = vectors.length / dim
  const lengths = Float64Array.from({ length: count }, (_, row) => Math.sqrt(dot(vectors, row * dim, vectors, row * dim, dim)))
  const cosine = (row: number, other: Float32Array, from: number, length: number): number => {
    const scale = lengths[row]! * length
    return scale > 0 ? dot(vectors, row * dim, other, from, dim) / scale : 0
  }
  const own = Math.sqrt(dot(query, 0, query, 0, dim))
  const near = Float64Array.from({ length: count }, (_, row) => cosine(row, query, 0, own))
  const likeness = new Float64Array(count).fill(-Infinity)
  const left = new Set(near.keys())
  const chosen: number[] = []
  while (chosen.length < top && left.size > 0) {
    let [best, most] = [-1, -Infinity]
    for (const row of left) {
      const score = chosen.length === 0 ? near[row]! : (1 - diversity) * near[row]! - diversity * likeness[row]!
      if (score > most) [best, most] = [row, score]
    }
    chosen.push(best)
    left.delete(best)
    for (const row of left) likeness[row] = Math.max(likeness[row]!, cosine(row, vectors, best * dim, lengths[best]!))
  }
  return chosen
}

// eslint-disable-next-line max-params -- two places in two arrays
function dot(a: Float32Array, fromA: number, b: Float32Array, fromB: number, dim: number): number {
  let sum = 0
  for (let i = 0; i < dim; i++) sum += a[fromA + i]! * b[fromB + i]!
  return sum
}
