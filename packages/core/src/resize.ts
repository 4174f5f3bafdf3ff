import { DinokitError } from './dinokit-error.ts'
import { axisWeights } from './lib/axis-weights.ts'
import { resampleInto } from './lib/resample.ts'
import type { Pixels } from './pixels.ts'
import type { ResizeFilter } from './resize-filter.ts'
import type { Size } from './size.ts'

/** A rectangle of a picture, in its pixels. */
export interface Window extends Size {
  readonly left: number
  readonly top: number
}

/** Largest picture that {@link resize} makes, in pixels: more memory would be taken than any network can use. */
const LARGEST = 100_000_000
/** Longest side of the whole result, of which only the window is computed. */
const LONGEST = 2 ** 31 - 1

/**
 * Resizes a picture with the very bits of Pillow 13's `Image.resize` (python-pillow/Pillow, src/libImaging/Resample.c):
 * antialiased, in fixed point, in two passes with 8 bits in between.
 *
 * @param pixels - the picture
 * @param size - of the whole result
 * @param filter - Pillow's filter
 * @param window - the part of the result that is wanted; only what it needs is computed. Default: all of it
 * @throws DinokitError `size-invalid` for a size that is not positive and whole, or a window outside the result
 */
export function resize(pixels: Pixels, size: Size, filter: ResizeFilter, window: Window = { left: 0, top: 0, ...size }): Pixels {
  assertSize(size, window)
  const horizontal = axisWeights(pixels.width, size.width, filter, window.left, window.width)
  const vertical = axisWeights(pixels.height, size.height, filter, window.top, window.height)
  const verticalFirst = isVerticalFirst(pixels, size)
  return { data: resampleInto(pixels, horizontal, vertical, { verticalFirst }), width: window.width, height: window.height }
}

/** Since version 13 Pillow begins with the height where that shrinks by much more than the width; before, never. */
function isVerticalFirst(from: Size, to: Size): boolean {
  return to.height < from.height && from.height - to.height > 2 * (from.width - to.width)
}

function assertSize({ width, height }: Size, window: Window): void {
  const whole = [width, height, window.width, window.height].every((side) => Number.isInteger(side) && side > 0)
  if (!whole || Math.max(width, height) > LONGEST || window.width * window.height > LARGEST) {
    throw new DinokitError('size-invalid', `A picture can’t be resized to ${width}x${height}.`, {
      given: `${width}x${height}`,
      expected: `whole, positive sides, and at most ${LARGEST} pixels`,
    })
  }
  const { left, top } = window
  const inside =
    Number.isInteger(left) &&
    Number.isInteger(top) &&
    left >= 0 &&
    top >= 0 &&
    left + window.width <= width &&
    top + window.height <= height
  if (!inside) {
    throw new DinokitError(
      'size-invalid',
      `The window ${window.width}x${window.height} at ${left}, ${top} is not inside ${width}x${height}.`,
    )
  }
}
