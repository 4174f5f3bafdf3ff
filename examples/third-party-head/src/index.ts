import type { Head, PixelMap, Tensor } from '@dinokit/core'
import { sourceMap } from '@dinokit/head-kit'

/** Options of one call. */
export interface SaliencyOptions {
  /** Raise what stands out by this power. Default 1. */
  readonly contrast?: number
}

/** Saliency of every pixel. */
export interface Saliency {
  /** [height][width] of the source, 0 (as everything else) to 1 (the most unlike). */
  readonly map: PixelMap
}

/** Says what stands out: patches that are unlike the mean of all the patches. */
export function saliency(): Head<SaliencyOptions, Saliency> {
  return {
    contract: 1,
    name: 'saliency',
    attach: () => ({
      needs: {},
      size: { shortest: 224 },
      answer({ patches, placement }, { contrast = 1 }) {
        const [rows, columns, dim] = patches.shape as [number, number, number]
        const mean = new Float64Array(dim)
        patches.data.forEach((value, i) => (mean[i % dim]! += value / (rows * columns)))
        const distances = Float32Array.from({ length: rows * columns }, (_, patch) =>
          mean.reduce((sum, value, i) => sum + (patches.data[patch * dim + i]! - value) ** 2, 0),
        )
        const largest = distances.reduce((a, b) => Math.max(a, b), 1e-9)
        const grid: Tensor = { dtype: 'float32', data: distances.map((d) => (d / largest) ** contrast), shape: [rows, columns] }
        return { map: sourceMap(grid, placement, { unit: 'saliency', unknown: 0 }) }
      },
    }),
  }
}
