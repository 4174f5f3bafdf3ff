import { tensor, type Tensor } from '@dinokit/core'
import { assertMap } from '../lib/assert-map.ts'

/** Patches beside one another that are far from those of good images. */
export interface AnomalyRegion {
  /** Places of its patches in the grid, row by row. */
  readonly patches: readonly number[]
  /** [rows][columns], 1 for its patches; made anew each time it is asked for, because those of a large image take much together. */
  readonly mask: Tensor<'bool'>
  /** Largest distance of its patches. */
  readonly score: number
}

/**
 * Finds the regions of patches that are farther from good ones than a threshold.
 *
 * @param distances - [rows][columns], of `scorePatches`
 * @param threshold - such as that of the bank
 * @returns the farthest first
 * @throws DinokitError `tensor-invalid`
 */
export function anomalyRegions(distances: Tensor, threshold: number): AnomalyRegion[] {
  assertMap(distances)
  const { data, shape } = distances
  const left = Uint8Array.from(data, (distance) => Number(distance > threshold))
  const regions: AnomalyRegion[] = []
  for (let patch = left.indexOf(1); patch >= 0; patch = left.indexOf(1, patch)) {
    const patches = takeRegion(left, shape[1]!, patch)
    regions.push({
      patches,
      get mask() {
        const mask = new Uint8Array(data.length)
        for (const at of patches) mask[at] = 1
        return tensor('bool', mask, shape)
      },
      score: patches.reduce((most, at) => Math.max(most, data[at]!), 0),
    })
  }
  return regions.sort((a, b) => b.score - a.score)
}

/** Takes the patches that hang together with one of them out of a mask, over sides (not corners). */
function takeRegion(mask: Uint8Array, columns: number, seed: number): number[] {
  const taken: number[] = []
  const waiting = [seed]
  for (let patch = waiting.pop(); patch !== undefined; patch = waiting.pop()) {
    if (!mask[patch]) continue
    mask[patch] = 0
    taken.push(patch)
    const column = patch % columns
    waiting.push(patch - columns, patch + columns)
    if (column > 0) waiting.push(patch - 1)
    if (column < columns - 1) waiting.push(patch + 1)
  }
  return taken.sort((a, b) => a - b)
}
