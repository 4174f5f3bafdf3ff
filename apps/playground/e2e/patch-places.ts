/** Size at which the playground shows an image of 600 by 400 pixels to a model with patches of 14. */
export const SIZE = { width: 24 * 14, height: 16 * 14 }

/** Rows and columns of its patches. */
export const GRID = [16, 24] as const

/** Patches, as row and column, that tests look at. */
export const PLACES = [
  [2, 3],
  [7, 10],
  [9, 17],
  [14, 20],
] as const

/** Pixel of the image at the middle of a patch. */
export function pixelAt([height, width]: readonly [number, number], row: number, column: number): number {
  return Math.floor(((row + 0.5) / GRID[0]) * height) * width + Math.floor(((column + 0.5) / GRID[1]) * width)
}
