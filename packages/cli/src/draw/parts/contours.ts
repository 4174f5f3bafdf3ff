import type { PixelMap, Pixels } from '@dinokit/core'

/**
 * Draws lines where labels meet.
 *
 * @param pixels - to draw on
 * @param labels - [height][width], of the same size
 * @param thickness - in pixels
 * @param color - of the lines
 */
export function drawContours(
  pixels: Pixels,
  { data: labels, shape: [height, width] }: Pick<PixelMap<'uint8' | 'uint16'>, 'data' | 'shape'>,
  thickness: number,
  color: readonly [number, number, number],
): void {
  const before = Math.floor(thickness / 2)
  const after = thickness - before
  for (let y = 0; y < height; y++) {
    const above = Math.max(0, y - before) * width
    const below = Math.min(height - 1, y + after) * width
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - before)
      const right = Math.min(width - 1, x + after)
      // Labels meet here where the corners of a square around the pixel do not agree.
      const label = labels[above + left]
      if (label === labels[below + right] && label === labels[above + right] && label === labels[below + left]) continue
      pixels.data.set(color, (y * width + x) * 3)
    }
  }
}
