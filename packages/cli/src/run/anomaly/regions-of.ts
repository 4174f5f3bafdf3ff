import { anomalyRegions } from '@dinokit/analysis'
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
      ...extentOf(region.patches, columns, axes),
      get mask() {
        const data = new Uint8Array(width * height)
        eachPixel(region.patches, columns, axes, (x, y) => (data[y * width + x] = 1))
        return tensor('bool', data, [height, width])
      },
    }))
    .filter(({ area }) => area > 0)
}

function extentOf(patches: readonly number[], columns: number, axes: Axes): Pick<SourceObject, 'box' | 'area'> {
  let [left, top, right, bottom, area] = [Infinity, Infinity, -1, -1, 0]
  eachPixel(patches, columns, axes, (x, y) => {
    area++
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = y
  })
  return { area, box: { left, top, width: right - left + 1, height: bottom - top + 1 } }
}

/** Calls for each pixel of which at least half is of some patches, bilinear, row by row. No more than is around them is looked at. */
function eachPixel(patches: readonly number[], columns: number, { x: across, y: down }: Axes, visit: (x: number, y: number) => void): void {
  const [top, bottom] = [Math.floor(patches[0]! / columns), Math.floor(patches.at(-1)! / columns)]
  const [left, right] = patches.reduce(
    ([least, most], patch) => [Math.min(least, patch % columns), Math.max(most, patch % columns)],
    [columns, 0],
  )
  const width = right - left + 1
  const window = new Uint8Array((bottom - top + 1) * width)
  for (const patch of patches) window[(Math.floor(patch / columns) - top) * width + (patch % columns) - left] = 1
  const value = (row: number, column: number): number =>
    row < top || row > bottom || column < left || column > right ? 0 : window[(row - top) * width + column - left]!
  const [xs, ys] = [pixelsNear(across, left, right), pixelsNear(down, top, bottom)]
  for (const y of ys) {
    const [upper, lower, below] = [down.lower[y]!, down.upper[y]!, down.fraction[y]!]
    const at = (column: number): number => value(upper, column) + below * (value(lower, column) - value(upper, column))
    for (const x of xs) {
      const from = at(across.lower[x]!)
      if (from + across.fraction[x]! * (at(across.upper[x]!) - from) >= 0.5) visit(across.start + x, down.start + y)
    }
  }
}

/** Places along an axis that take a part of their values from some cells. */
function pixelsNear({ lower, upper }: Axis, first: number, last: number): number[] {
  const near: number[] = []
  for (let i = 0; i < lower.length; i++) if (upper[i]! >= first && lower[i]! <= last) near.push(i)
  return near
}
