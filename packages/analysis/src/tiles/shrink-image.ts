import type { OpenImage, Pixels } from '@dinokit/core'
import { createStripReader } from './tile-reader.ts'

/** Rows that are asked for at once. */
const ROWS = 256

/**
 * Makes a small copy of a large image, to draw on: each pixel is the mean of those it covers. Memory does not grow with the image.
 *
 * @param image - open; stays the caller's
 * @param side - longest side of the copy in pixels; an image that is no larger is given as it is
 */
export async function shrinkImage(image: OpenImage, side: number): Promise<Pixels> {
  const { width, height } = image.size
  const scale = side / Math.max(width, height)
  if (scale >= 1) return image.read()
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
  const sums = new Float64Array(size.width * size.height * 3)
  const counts = new Uint32Array(size.width * size.height)
  const columns = Uint32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * size.width) / width))
  const read = createStripReader(image)
  for (let top = 0; top < height; top += ROWS) {
    const { data, height: rows } = await read({ left: 0, top, width, height: Math.min(ROWS, height - top) })
    for (let y = 0, from = 0; y < rows; y++) {
      const row = Math.floor(((top + y + 0.5) * size.height) / height) * size.width
      for (let x = 0; x < width; x++, from += 3) {
        const cell = row + columns[x]!
        counts[cell]!++
        for (let channel = 0; channel < 3; channel++) sums[cell * 3 + channel]! += data[from + channel]!
      }
    }
  }
  return { data: Uint8Array.from(sums, (sum, i) => Math.round(sum / counts[Math.floor(i / 3)]!)), ...size }
}
