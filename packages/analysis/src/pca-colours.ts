import type { Pixels, Tensor } from '@dinokit/core'
import type { PcaBasis } from './fit-pca.ts'

/** Share of the values at either end that may be clipped, so that single patches do not take all the contrast. */
const CLIPPED = 0.02

/**
 * Patch features as colours: the first three principal components are red, green and blue. Parts that the model finds
 * alike have like colours, in all the pictures given together.
 *
 * @param basis - at least three components, typically of the same pictures
 * @param grids - [rows][columns][dim] each
 * @returns a picture for each grid, one pixel a patch
 */
export function pcaColours(basis: PcaBasis, grids: readonly Tensor[]): Pixels[] {
  const projected = grids.map((grid) => basis.components.slice(0, 3).map((component) => project(grid, basis.mean, component)))
  const ranges = [0, 1, 2].map((channel) => rangeOf(projected.map((channels) => channels[channel]!)))
  return grids.map(({ shape }, index) => {
    const [height, width] = shape as [number, number, number]
    const data = new Uint8Array(width * height * 3)
    ranges.forEach(([low, high], channel) => {
      projected[index]![channel]!.forEach((value, patch) => {
        data[patch * 3 + channel] = Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))))
      })
    })
    return { data, width, height }
  })
}

function project({ data }: Tensor, mean: Float64Array, component: Float64Array): Float64Array {
  const dim = mean.length
  return Float64Array.from({ length: data.length / dim }, (_, patch) => {
    let sum = 0
    for (let i = 0; i < dim; i++) sum += (data[patch * dim + i]! - mean[i]!) * component[i]!
    return sum
  })
}

function rangeOf(values: readonly Float64Array[]): [low: number, high: number] {
  const sorted = Float64Array.from(values.flatMap((part) => [...part])).sort()
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!
  return [at(CLIPPED), at(1 - CLIPPED)]
}
