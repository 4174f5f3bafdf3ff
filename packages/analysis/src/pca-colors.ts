import type { Pixels, Tensor } from '@dinokit/core'
import type { PcaBasis } from '@dinokit/core/vectors'
import { clippedRange } from './lib/clipped-range.ts'
import { project } from './lib/project.ts'

/** Share of the values at either end that may be clipped, so that single patches do not take all the contrast. */
const CLIPPED = 0.02

/**
 * Patch features as colors: the first three principal components are red, green and blue. Parts that the model finds
 * alike have like colors, in all the images given together.
 *
 * @param basis - at least three components, typically of the same images
 * @param grids - [rows][columns][dim] each
 * @param masks - [rows][columns] for each grid: the patches that are to share the contrast. Default: all
 * @returns an image for each grid, one pixel a patch
 */
export function pcaColors(basis: PcaBasis, grids: readonly Tensor[], masks?: readonly Tensor<'bool'>[]): Pixels[] {
  const projected = grids.map((grid) => basis.components.slice(0, 3).map((component) => project(grid, basis.mean, component)))
  const counted = (values: Float64Array, index: number): Float64Array =>
    masks ? values.filter((_, patch) => masks[index]!.data[patch]) : values
  const ranges = [0, 1, 2].map((channel) => rangeOf(projected.map((channels, index) => counted(channels[channel]!, index))))
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

function rangeOf(values: readonly Float64Array[]): [low: number, high: number] {
  const sorted = joined(values).sort()
  const [low = 0, high = 0] = clippedRange(sorted, CLIPPED)
  return [low, high]
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
