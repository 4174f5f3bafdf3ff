import { DinokitError } from '../../contract/dinokit-error.ts'
import type { ImagePart } from '../image-part.ts'
import type { Pixels } from '../pixels.ts'
import type { Window } from '../window.ts'
import type { ResizeFilter } from '../resize-filter.ts'
import type { Size } from '../size.ts'
import { axisWeights, type AxisWeights } from './axis-weights.ts'
import { rangeOf, resampleInto } from './resample.ts'

/** Window of a resized image. */
export interface ResizedWindow {
  /** Size of the whole result. */
  readonly size: Size
  readonly filter: ResizeFilter
  /** The part of the result that is wanted. */
  readonly window: Window
}

/** Largest image that `resize` makes, in pixels: more memory would be taken than any network can use. */
const LARGEST = 100_000_000
/** Longest side of the whole result, of which only the window is computed. */
const LONGEST = 2 ** 31 - 1

/** Resizes like `resize`, for an image of which there may be no more than what {@link windowNeeded} tells. */
export function resizePart(pixels: Pixels, { source, left, top }: ImagePart, resized: ResizedWindow): Pixels {
  const { size, window } = resized
  const { horizontal, vertical } = weightsOf(source, resized)
  const verticalFirst = isVerticalFirst(source, size)
  const data = resampleInto(pixels, from(horizontal, left), from(vertical, top), { verticalFirst })
  return { data, width: window.width, height: window.height }
}

/** The window of an image that a window of the resized image is computed from. */
export function windowNeeded(source: Size, resized: ResizedWindow): Window {
  const { horizontal, vertical } = weightsOf(source, resized)
  const [columns, rows] = [rangeOf(horizontal), rangeOf(vertical)]
  return { left: columns.first, top: rows.first, width: columns.length, height: rows.length }
}

function weightsOf(source: Size, { size, filter, window }: ResizedWindow): { horizontal: AxisWeights; vertical: AxisWeights } {
  assertSize(size, window)
  return {
    horizontal: axisWeights(source.width, size.width, filter, window.left, window.width),
    vertical: axisWeights(source.height, size.height, filter, window.top, window.height),
  }
}

/** Positions counted from another one than the image's first. */
function from(axis: AxisWeights, first: number): AxisWeights {
  return first === 0 ? axis : { ...axis, starts: axis.starts.map((start) => start - first) }
}

/** Since version 13 Pillow begins with the height where that shrinks by much more than the width; before, never. */
function isVerticalFirst(from: Size, to: Size): boolean {
  return to.height < from.height && from.height - to.height > 2 * (from.width - to.width)
}

function assertSize({ width, height }: Size, window: Window): void {
  const whole = [width, height, window.width, window.height].every((side) => Number.isInteger(side) && side > 0)
  if (!whole || Math.max(width, height) > LONGEST || window.width * window.height > LARGEST) {
    throw new DinokitError('size-invalid', `An image can’t be resized to ${width}x${height}.`, {
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
