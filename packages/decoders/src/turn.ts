import type { Pixels } from '@dinokit/core'

/**
 * Turns an image upright.
 *
 * @param pixels - as stored
 * @param orientation - EXIF's: 1 as it is, 2 mirrored, 3 by 180 degrees, 4 upside down, 5 to 8 with rows and columns exchanged
 * @returns `pixels` itself where it is upright
 */
export function turn(pixels: Pixels, orientation: number): Pixels {
  if (orientation === 1) return pixels
  const { data, width, height } = pixels
  const exchanged = orientation >= 5
  const fromRight = [2, 3, 7, 8].includes(orientation)
  const fromBottom = [3, 4, 6, 7].includes(orientation)
  /** From one pixel of a stored row to the next, and from one stored row to the next, in the order in which they are shown. */
  const column = fromRight ? -3 : 3
  const row = (fromBottom ? -width : width) * 3
  const first = ((fromBottom ? (height - 1) * width : 0) + (fromRight ? width - 1 : 0)) * 3
  const size = exchanged ? { width: height, height: width } : { width, height }
  const [along, down] = exchanged ? [row, column] : [column, row]
  const turned = new Uint8Array(data.length)
  for (let y = 0, to = 0; y < size.height; y++) {
    for (let x = 0, from = first + y * down; x < size.width; x++, from += along) {
      turned[to++] = data[from]!
      turned[to++] = data[from + 1]!
      turned[to++] = data[from + 2]!
    }
  }
  return { data: turned, ...size }
}
