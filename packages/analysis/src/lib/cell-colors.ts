import type { Pixels, Placement } from '@dinokit/core'
import { cellAt, cellsAlong } from './cells-along.ts'

/**
 * Averages the colors of an image's pixels in each cell of a grid over the model's input. A cell without a pixel (of an image smaller
 * than the grid, or padding) has the color of the pixel nearest to its center.
 *
 * @returns [cells][3], 0 to 255
 */
export function cellColors(
  { data, width, height }: Pixels,
  placement: Placement,
  [rows, columns]: readonly [number, number],
): Float64Array {
  const { resized, left, top, input } = placement
  const sums = new Float64Array(rows * columns * 3)
  const counts = new Uint32Array(rows * columns)
  const scale = { x: resized.width / width, y: resized.height / height }
  const across = cellsAlong('width', placement, columns)
  for (let y = 0; y < height; y++) {
    const row = cellAt(y, 'height', placement, rows)
    if (row < 0 || row >= rows) continue
    for (let x = 0; x < width; x++) {
      const column = across[x]!
      if (column < 0 || column >= columns) continue
      const [cell, pixel] = [row * columns + column, (y * width + x) * 3]
      counts[cell]!++
      for (let channel = 0; channel < 3; channel++) sums[cell * 3 + channel]! += data[pixel + channel]!
    }
  }
  counts.forEach((count, cell) => {
    if (count === 0) {
      const [row, column] = [Math.floor(cell / columns), cell % columns]
      const x = nearest((((column + 0.5) * input.width) / columns + left) / scale.x, width)
      const y = nearest((((row + 0.5) * input.height) / rows + top) / scale.y, height)
      sums.set(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3), cell * 3)
    } else for (let channel = 0; channel < 3; channel++) sums[cell * 3 + channel]! /= count
  })
  return sums
}

function nearest(at: number, length: number): number {
  return Math.min(length - 1, Math.max(0, Math.floor(at)))
}
