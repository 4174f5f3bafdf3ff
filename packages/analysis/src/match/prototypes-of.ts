import { productsOf } from '@dinokit/core/vectors'

const ROUNDS = 20

/**
 * Groups vectors of length 1 by k-means, and takes the groups' means, scaled to length 1. It starts with the vector nearest to the mean
 * of all, then each time with the one farthest from those chosen.
 *
 * @param vectors - [vectors][dim] of length 1
 * @param dim - of each
 * @param most - groups; fewer where there are fewer vectors
 * @returns [groups][dim]
 */
export function prototypesOf(vectors: Float32Array, dim: number, most: number): Float32Array {
  const count = Math.min(most, vectors.length / dim)
  let centers = startsOf(vectors, dim, count)
  for (let round = 0; round < ROUNDS; round++) {
    const next = meansOf(vectors, dim, nearestOf(vectors, centers, dim))
    const still = next.every((value, i) => value === centers[i])
    centers = next
    if (still) break
  }
  return centers
}

function startsOf(vectors: Float32Array, dim: number, count: number): Float32Array {
  const all = new Float32Array(dim)
  for (let i = 0; i < vectors.length; i++) all[i % dim]! += vectors[i]!
  const centers = new Float32Array(count * dim)
  let nearness = productsOf(vectors, all, dim)
  let chosen = nearness.reduce((best, value, i) => (value > nearness[best]! ? i : best), 0)
  for (let center = 0; center < count; center++) {
    const vector = vectors.subarray(chosen * dim, (chosen + 1) * dim)
    centers.set(vector, center * dim)
    const products = productsOf(vectors, vector, dim)
    nearness = center === 0 ? products : nearness.map((value, i) => Math.max(value, products[i]!))
    chosen = nearness.reduce((best, value, i) => (value < nearness[best]! ? i : best), 0)
  }
  return centers
}

function nearestOf(vectors: Float32Array, centers: Float32Array, dim: number): { readonly groups: Int32Array; readonly count: number } {
  const count = centers.length / dim
  const products = productsOf(vectors, centers, dim)
  const groups = Int32Array.from({ length: vectors.length / dim }, (_, vector) => {
    let best = 0
    for (let center = 1; center < count; center++) if (products[vector * count + center]! > products[vector * count + best]!) best = center
    return best
  })
  return { groups, count }
}

function meansOf(
  vectors: Float32Array,
  dim: number,
  { groups, count }: { readonly groups: Int32Array; readonly count: number },
): Float32Array {
  const sums = new Float64Array(count * dim)
  groups.forEach((group, vector) => {
    for (let i = 0; i < dim; i++) sums[group * dim + i]! += vectors[vector * dim + i]!
  })
  const means = new Float32Array(count * dim)
  for (let group = 0; group < count; group++) {
    const length = Math.hypot(...sums.subarray(group * dim, (group + 1) * dim)) || 1
    for (let i = group * dim; i < (group + 1) * dim; i++) means[i] = sums[i]! / length
  }
  return means
}
