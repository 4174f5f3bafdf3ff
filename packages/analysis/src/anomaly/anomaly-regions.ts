import { tensor, type Tensor } from '@dinokit/core'
import { assertMap } from '../lib/assert-map.ts'
import { componentOf } from '../objects/component-of.ts'

/** Patches beside one another that are far from those of good images. */
export interface AnomalyRegion {
  /** [rows][columns], 1 for its patches; made anew each time it is asked for. */
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
  // Regions are numbered, and a mask is made when it is asked for: those of a large image would take its grid many times over.
  const numbers = new Uint32Array(data.length)
  const regions: AnomalyRegion[] = []
  for (let patch = left.indexOf(1); patch >= 0; patch = left.indexOf(1, patch)) {
    const number = regions.length + 1
    let score = 0
    componentOf(left, shape[1]!, patch).forEach((inside, at) => {
      if (!inside) return
      left[at] = 0
      numbers[at] = number
      score = Math.max(score, data[at]!)
    })
    regions.push({
      get mask() {
        return tensor(
          'bool',
          Uint8Array.from(numbers, (of) => Number(of === number)),
          shape,
        )
      },
      score,
    })
  }
  return regions.sort((a, b) => b.score - a.score)
}
