import { assertResize, fixedPasses } from './resample/fixed-passes.ts'
import { resampleInto } from './resample/resample.ts'
import type { Pixels } from './pixels.ts'
import type { ResizeFilter } from './resize-filter.ts'
import type { Size } from './size.ts'
import type { Region } from './region.ts'

/**
 * Resizes an image bit for bit like Pillow 13's `Image.resize` (python-pillow/Pillow, src/libImaging/Resample.c):
 * antialiased, in fixed point, in two passes with 8 bits in between.
 *
 * @param pixels - the image
 * @param size - of the whole result
 * @param filter - Pillow's filter
 * @param window - the part of the result that is wanted; only what it needs is computed. Default: all of it
 * @throws DinokitError `size-invalid` for a size that is not positive and whole, or a window outside the result
 */
export function resize(pixels: Pixels, size: Size, filter: ResizeFilter, window: Region = { left: 0, top: 0, ...size }): Pixels {
  assertResize(size, window)
  const passes = fixedPasses(pixels, size, { filter }, window)
  const { width, height } = window
  return { data: resampleInto(pixels, passes.horizontal, passes.vertical, passes), width, height }
}
