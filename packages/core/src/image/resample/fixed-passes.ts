import { DinokitError } from '../../contract/dinokit-error.ts'
import { assertRegion } from '../crop.ts'
import type { Region } from '../region.ts'
import type { Size } from '../size.ts'
import { axisWeights, type AxisWeights, type FixedResampling, type Wanted } from './axis-weights.ts'

/** Passes with 8 bits in between: Pillow's, and torchvision's of bytes. */
export interface FixedPasses {
  readonly kind: 'fixed'
  readonly horizontal: AxisWeights
  readonly vertical: AxisWeights
  readonly verticalFirst: boolean
}

/** Largest image that `resize` makes, in pixels: more memory would be taken than any network can use. */
const LARGEST = 100_000_000
/** Longest side of the whole result, of which only the window is computed. */
const LONGEST = 2 ** 31 - 1

/**
 * Makes passes with 8 bits in between, apart from those in floats: what resizes as Pillow does loads no more.
 *
 * @param source - size of the image
 * @param size - of the whole result
 * @param method - Pillow's filter, and whose bits the result has. Default `pillow`
 * @param window - the part of the result that is wanted
 */
export function fixedPasses(source: Size, size: Size, method: FixedResampling, window: Region): FixedPasses {
  const { resampler = 'pillow' } = method
  return {
    kind: 'fixed',
    ...bothAxes(source, size, window, (from, to, wanted) => axisWeights(from, to, method, wanted)),
    verticalFirst: resampler === 'pillow' && isVerticalFirst(source, size),
  }
}

/** Weights of columns and rows. */
export function bothAxes<Axis>(
  source: Size,
  size: Size,
  { left, top, width, height }: Region,
  weigh: (from: number, to: number, wanted: Wanted) => Axis,
): { readonly horizontal: Axis; readonly vertical: Axis } {
  return {
    horizontal: weigh(source.width, size.width, { first: left, length: width }),
    vertical: weigh(source.height, size.height, { first: top, length: height }),
  }
}

/** Since version 13 Pillow begins with the height where that shrinks by much more than the width; before, never. */
function isVerticalFirst(from: Size, to: Size): boolean {
  return to.height < from.height && from.height - to.height > 2 * (from.width - to.width)
}

/**
 * Refuses what is no resize.
 *
 * @param size - of the whole result
 * @param window - the part of it that is wanted
 * @throws DinokitError `size-invalid` for a size that is not positive and whole, or a window outside the result
 */
export function assertResize({ width, height }: Size, window: Region): void {
  const whole = [width, height, window.width, window.height].every((side) => Number.isInteger(side) && side > 0)
  if (!whole || Math.max(width, height) > LONGEST || window.width * window.height > LARGEST) {
    throw new DinokitError('size-invalid', `An image can’t be resized to ${width}x${height}.`, {
      given: `${width}x${height}`,
      expected: `whole, positive sides, and at most ${LARGEST} pixels`,
    })
  }
  assertRegion(window, { width, height })
}
