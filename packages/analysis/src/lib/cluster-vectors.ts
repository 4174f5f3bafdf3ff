/** Groups of vectors. */
export interface Clusters {
  /** Group of each vector. */
  readonly labels: readonly number[]
  /** Distance of each vector from the mean of its group. */
  readonly distances: readonly number[]
}

const ROUNDS = 300

/**
 * Groups vectors by k-means (Lloyd), from a start that is the same every time: the vector nearest to the mean, then always the one
 * farthest from those that were taken.
 *
 * @param vectors - of one length
 * @param count - number of groups; fewer where vectors are equal
 */
export function clusterVectors(vectors: readonly Float64Array[], count: number): Clusters {
  let centers = startsOf(vectors, count)
  let labels: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const next = vectors.map((vector) => nearest(vector, centers))
    if (next.every((label, i) => label === labels[i])) break
    labels = next
    centers = centers.map((center, cluster) => {
      const own = vectors.filter((_, i) => next[i] === cluster)
      return own.length === 0 ? center : meanOf(own)
    })
  }
  return { labels, distances: vectors.map((vector, i) => Math.sqrt(squareOf(vector, centers[labels[i]!]!))) }
}

function startsOf(vectors: readonly Float64Array[], count: number): Float64Array[] {
  const starts = [vectors[nearest(meanOf(vectors), vectors)]!]
  const apart = vectors.map((vector) => squareOf(vector, starts[0]!))
  while (starts.length < count) {
    const far = apart.reduce((best, square, i) => (square > apart[best]! ? i : best), 0)
    if (!(apart[far]! > 0)) break
    starts.push(vectors[far]!)
    vectors.forEach((vector, i) => (apart[i] = Math.min(apart[i]!, squareOf(vector, vectors[far]!))))
  }
  return starts
}

function nearest(vector: Float64Array, centers: readonly Float64Array[]): number {
  const squares = centers.map((center) => squareOf(vector, center))
  return squares.reduce((best, square, i) => (square < squares[best]! ? i : best), 0)
}

function meanOf(vectors: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(vectors[0]!.length)
  for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]! / vectors.length
  return mean
}

function squareOf(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return sum
}
