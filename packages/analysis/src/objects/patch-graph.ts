import { DinokitError, type Tensor } from '@dinokit/core'

/** Weight of two patches that are not alike. */
export const UNLIKE = 1e-5

/** Links of patches that are alike: neighbors of patch i are `neighbors[starts[i]]` to `neighbors[starts[i + 1] - 1]`, itself among them. */
export interface PatchGraph {
  readonly starts: Int32Array
  readonly neighbors: Int32Array
  /** Sum of the weights of each patch: 1 for one that is alike, {@link UNLIKE} for the others. */
  readonly degrees: Float64Array
}

/**
 * Scales vectors to length 1; those that are all zeros stay.
 *
 * @param tokens - [...][dim]
 * @returns [vectors][dim]
 * @throws DinokitError `tensor-invalid` where a value is not finite
 */
export function unitTokens({ data, shape }: Tensor): Float32Array {
  const dim = shape.at(-1)!
  const units = new Float32Array(data.length)
  for (let start = 0; start < data.length; start += dim) {
    let square = 0
    for (let i = start; i < start + dim; i++) square += data[i]! ** 2
    if (!Number.isFinite(square)) {
      throw new DinokitError('tensor-invalid', `Token ${start / dim} is not finite.`, {
        given: 'NaN or infinity',
        expected: 'finite numbers',
      })
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0
    for (let i = start; i < start + dim; i++) units[i] = data[i]! * scale
  }
  return units
}

/**
 * Computes the products of all vectors with one another.
 *
 * @param vectors - [vectors][dim]
 * @param dim - length of each
 * @returns [vectors][vectors]
 */
export function gramOf(vectors: Float32Array, dim: number): Float32Array {
  const count = vectors.length / dim
  const gram = new Float32Array(count * count)
  for (let a = 0; a < count; a++) {
    const left = a * dim
    let b = a
    // Four at a time: what is read of the left vector serves them all.
    for (; b + 3 < count; b += 4) {
      const right = b * dim
      let [first, second, third, fourth] = [0, 0, 0, 0]
      for (let i = 0; i < dim; i++) {
        const value = vectors[left + i]!
        first += value * vectors[right + i]!
        second += value * vectors[right + dim + i]!
        third += value * vectors[right + 2 * dim + i]!
        fourth += value * vectors[right + 3 * dim + i]!
      }
      const at = a * count + b
      gram[at] = first
      gram[at + 1] = second
      gram[at + 2] = third
      gram[at + 3] = fourth
    }
    for (; b < count; b++) {
      let sum = 0
      for (let i = 0; i < dim; i++) sum += vectors[left + i]! * vectors[b * dim + i]!
      gram[a * count + b] = sum
    }
  }
  for (let a = 0; a < count; a++) for (let b = 0; b < a; b++) gram[a * count + b] = gram[b * count + a]!
  return gram
}

/**
 * Links the patches whose cosine similarity is above a threshold.
 *
 * @param cosines - [patches][patches]
 * @param threshold - above which patches are alike
 * @param removed - 1 for patches that are alike to none
 */
export function linkPatches(cosines: Float32Array, threshold: number, removed: Uint8Array): PatchGraph {
  const count = removed.length
  const kept = removed.map((value) => 1 - value)
  const starts = new Int32Array(count + 1)
  const neighbors = new Int32Array(count * count)
  let next = 0
  for (let a = 0; a < count; a++) {
    if (kept[a]) {
      for (let b = 0; b < count; b++) {
        // Written whether or not it stays: a branch that half the patches take is slow.
        neighbors[next] = b
        next += Number(cosines[a * count + b]! > threshold) & kept[b]!
      }
    }
    starts[a + 1] = next
  }
  const degrees = Float64Array.from({ length: count }, (_, a) => {
    const links = starts[a + 1]! - starts[a]!
    return links + (count - links) * UNLIKE
  })
  return { starts, neighbors: neighbors.subarray(0, next), degrees }
}
