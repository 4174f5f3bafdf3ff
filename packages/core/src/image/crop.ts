import { DinokitError } from '../contract/dinokit-error.ts'
import { arrangePixels, type Pixels } from './pixels.ts'
import type { Region } from './region.ts'
import type { Size } from './size.ts'

/**
 * Cuts a rectangle out of an image.
 *
 * @param pixels - the image
 * @param window - inside it, in whole pixels
 * @throws DinokitError `size-invalid` where the window is not inside the image
 */
export function crop(pixels: Pixels, window: Region): Pixels {
  assertRegion(window, pixels)
  const stride = window.width * 3
  return arrangePixels(pixels, window, (result, values) => {
    for (let y = 0; y < window.height; y++) {
      const from = ((window.top + y) * pixels.width + window.left) * 3
      result.set(values.subarray(from, from + stride), y * stride)
    }
  })
}

/**
 * Mirrors an image: left becomes right.
 *
 * @param pixels - the image
 * @param into - where the result's data goes; the image's own will do. Default: new
 */
export function flip({ data, width, height }: Pixels, into: Uint8Array = new Uint8Array(data.length)): Pixels {
  for (let y = 0; y < height; y++) {
    for (let left = y * width * 3, right = left + (width - 1) * 3; left <= right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel++) {
        const value = data[left + channel]!
        into[left + channel] = data[right + channel]!
        into[right + channel] = value
      }
    }
  }
  return { data: into, width, height }
}

/**
 * Refuses a rectangle that is not inside an image.
 *
 * @param region - the rectangle
 * @param size - of the image
 * @throws DinokitError `size-invalid` unless it is inside, in whole pixels
 */
export function assertRegion({ left, top, width, height }: Region, size: Size): void {
  const whole = [left, top, width, height].every(Number.isInteger)
  if (whole && left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= size.width && top + height <= size.height) return
  throw new DinokitError('size-invalid', `The window ${width}x${height} at ${left}, ${top} is not inside ${size.width}x${size.height}.`, {
    given: `${width}x${height} at ${left}, ${top}`,
    expected: `whole pixels inside ${size.width}x${size.height}`,
  })
}
