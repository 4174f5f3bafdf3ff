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
