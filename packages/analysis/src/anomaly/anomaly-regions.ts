import { tensor, type Tensor } from '@dinokit/core'
import { assertMap } from '../lib/assert-map.ts'
import { componentOf } from '../objects/component-of.ts'

/** Patches beside one another that are far from those of good images. */
export interface AnomalyRegion {
  /** [rows][columns], 1 for its patches. */
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
    const mask = componentOf(left, shape[1]!, patch)
    let score = 0
    mask.forEach((inside, at) => {
      if (!inside) return
      left[at] = 0
      score = Math.max(score, data[at]!)
    })
    regions.push({ mask: tensor('bool', mask, shape), score })
  }
  return regions.sort((a, b) => b.score - a.score)
}
