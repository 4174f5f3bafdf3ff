import type { Pixels, Region, Size } from '@dinokit/core'

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
  const { exchanged, fromRight, fromBottom } = wayOf(orientation)
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

/**
 * Finds where a rectangle of the upright image lies in the stored one.
 *
 * @param region - of the upright image
 * @param orientation - EXIF's
 * @param stored - size of the stored image
 */
export function storedRegion({ left, top, width, height }: Region, orientation: number, stored: Size): Region {
  const { exchanged, fromRight, fromBottom } = wayOf(orientation)
  const [x, y] = exchanged ? [top, left] : [left, top]
  const size = exchanged ? { width: height, height: width } : { width, height }
  return {
    left: fromRight ? stored.width - x - size.width : x,
    top: fromBottom ? stored.height - y - size.height : y,
    ...size,
  }
}

/** Ways in which a stored image differs from the upright one. */
function wayOf(orientation: number): { readonly exchanged: boolean; readonly fromRight: boolean; readonly fromBottom: boolean } {
  return { exchanged: orientation >= 5, fromRight: [2, 3, 7, 8].includes(orientation), fromBottom: [3, 4, 6, 7].includes(orientation) }
}
