import type { Placement } from '@dinokit/core'

/**
 * Finds the row or the column of patches that a pixel of the source image lies in.
 *
 * @param pixel - row or column of the source image
 * @param side - `height` for a row, `width` for a column
 * @param placement - of the tokens
 * @param cells - rows or columns of the grid
 * @returns below 0, or `cells` and more, where the model did not see the pixel
 */
export function cellAt(pixel: number, side: 'height' | 'width', { source, resized, left, top, input }: Placement, cells: number): number {
  const start = side === 'height' ? top : left
  return Math.floor((((pixel + 0.5) * resized[side]) / source[side] - start) * (cells / input[side]))
}

/** Cells of all rows or columns of the source image, each as {@link cellAt} finds it. */
export function cellsAlong(side: 'height' | 'width', placement: Placement, cells: number): Int32Array {
  return Int32Array.from({ length: placement.source[side] }, (_, pixel) => cellAt(pixel, side, placement, cells))
}
