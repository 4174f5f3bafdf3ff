import { anomalyRegions, type AnomalyRegion } from '@dinokit/analysis'
import { tensor, type Placement, type Tensor } from '@dinokit/core'
import { gridAxes } from '@dinokit/head-kit'
import type { SourceObject } from '../analysis/find-objects.ts'

type Axes = ReturnType<typeof gridAxes>
type Axis = Axes['x']

/**
 * Finds the anomalous regions of an image in its own pixels. Their masks are made when they are asked for: together those of a large
 * image would take its size many times over.
 *
 * @param distances - [rows][columns] of the patches
 * @param threshold - distance above which a patch is anomalous
 * @returns the farthest first
 */
export function regionsOf(distances: Tensor, threshold: number, placement: Placement): SourceObject[] {
  const { width, height } = placement.source
  const [rows, columns] = distances.shape as [number, number]
  const axes = gridAxes(placement, [rows, columns])
  return anomalyRegions(distances, threshold)
    .map((region) => ({
      score: region.score,
      ...extentOf(region.mask, axes),
      get mask() {
        const data = new Uint8Array(width * height)
        eachPixel(region.mask, axes, (x, y) => (data[y * width + x] = 1))
        return tensor('bool', data, [height, width])
      },
    }))
    .filter(({ area }) => area > 0)
}

function extentOf(mask: AnomalyRegion['mask'], axes: Axes): Pick<SourceObject, 'box' | 'area'> {
  let [left, top, right, bottom, area] = [Infinity, Infinity, -1, -1, 0]
  eachPixel(mask, axes, (x, y) => {
    area++
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = y
  })
  return { area, box: { left, top, width: right - left + 1, height: bottom - top + 1 } }
}

/** Calls for each pixel of which at least half is of a mask of patches, bilinear, row by row. */
function eachPixel({ data, shape }: Tensor<'bool'>, { x: across, y: down }: Axes, visit: (x: number, y: number) => void): void {
  const [rows, columns] = shape as [number, number]
  const [inRow, inColumn] = [new Uint8Array(rows), new Uint8Array(columns)]
  data.forEach((inside, i) => {
    if (inside) inRow[Math.floor(i / columns)] = inColumn[i % columns] = 1
  })
  const near = (axis: Axis, has: Uint8Array): number[] =>
    [...axis.lower.keys()].filter((i) => has[axis.lower[i]!] === 1 || has[axis.upper[i]!] === 1)
  const [xs, ys] = [near(across, inColumn), near(down, inRow)]
  for (const y of ys) {
    const [upper, lower, below] = [down.lower[y]! * columns, down.upper[y]! * columns, down.fraction[y]!]
    const at = (column: number): number => data[upper + column]! + below * (data[lower + column]! - data[upper + column]!)
    for (const x of xs) {
      const from = at(across.lower[x]!)
      if (from + across.fraction[x]! * (at(across.upper[x]!) - from) >= 0.5) visit(across.start + x, down.start + y)
    }
  }
}
