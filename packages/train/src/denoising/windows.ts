import type { Pixels } from '@dinokit/core'
import type { Random } from '@dinokit/core/augment'

/** Upper left corner of a window, in patches. */
export type WindowOffset = readonly [row: number, column: number]

/** A window of an image's patches, maybe mirrored. */
export interface PatchWindow {
  /** Upper left corner. */
  readonly offset: WindowOffset
  /** Rows and columns of it. */
  readonly side: number
  /** Whether left and right are exchanged. */
  readonly flip: boolean
}

/**
 * Continues an image on every side as a mirror would; the outermost pixels are not repeated.
 *
 * @param pixels - the image, of three channels
 * @param margin - in pixels, less than each side
 */
export function reflectPixels({ data, width, height }: Pixels, margin: number): Pixels {
  const size = { width: width + 2 * margin, height: height + 2 * margin }
  const result = new Uint8Array(size.width * size.height * 3)
  const inside = (place: number, length: number): number => {
    const distance = Math.abs(place - margin)
    return distance < length ? distance : 2 * (length - 1) - distance
  }
  let to = 0
  for (let y = 0; y < size.height; y++) {
    const row = inside(y, height) * width
    for (let x = 0; x < size.width; x++) {
      const from = 3 * (row + inside(x, width))
      for (let channel = 0; channel < 3; channel++) result[to++] = data[from + channel]!
    }
  }
  return { ...size, data: result }
}

/**
 * Cuts a window out of an image.
 *
 * @param pixels - the image, of three channels
 * @param window - which
 * @param patch - side of a patch in pixels
 */
export function cutPixels(pixels: Pixels, { offset: [row, column], side, flip }: PatchWindow, patch: number): Pixels {
  const length = side * patch
  const inPixels = { offset: [row * patch, column * patch], side: length, flip } as const
  const data = cut({ data: pixels.data, width: pixels.width, elements: 3 }, inPixels, new Uint8Array(3 * length ** 2))
  return { width: length, height: length, data }
}

/** Numbers of an image's patches, row by row. */
export interface PatchNumbers {
  readonly data: Float32Array
  /** Columns of the grid. */
  readonly width: number
  /** Numbers of each patch. */
  readonly elements: number
}

/**
 * Cuts a window out of numbers of patches.
 *
 * @param numbers - of all patches
 * @param window - which
 * @returns [side * side][elements]
 */
export function cutPatches(numbers: PatchNumbers, window: PatchWindow): Float32Array {
  return cut(numbers, window, new Float32Array(window.side ** 2 * numbers.elements))
}

function cut<Numbers extends Uint8Array | Float32Array>(
  { data, width, elements }: { readonly data: Numbers; readonly width: number; readonly elements: number },
  { offset: [row, column], side, flip }: PatchWindow,
  result: Numbers,
): Numbers {
  for (let y = 0; y < side; y++) {
    const start = ((row + y) * width + column) * elements
    if (!flip) result.set(data.subarray(start, start + side * elements), y * side * elements)
    else
      for (let x = 0; x < side; x++) {
        const from = start + (side - 1 - x) * elements
        for (let i = 0; i < elements; i++) result[(y * side + x) * elements + i] = data[from + i]!
      }
  }
  return result
}

/** Rows and columns of a window's corner, which is left out: those whose distances to its two sides have a smaller sum. */
export function cornerOf(side: number): number {
  return Math.floor(side / 4)
}

/** Patches that an image must be continued by, so that none of it is in corners of windows alone. */
export function leastPadding(side: number): number {
  return cornerOf(side) === 0 ? 0 : Math.max(1, cornerOf(side) - 1)
}

/**
 * Chooses windows of a grid of patches: first those that together cover it, then some at random.
 *
 * @param grid - rows and columns of the padded image
 * @param side - rows and columns of a window
 * @param count - how many; more where more are needed to cover the grid
 * @param random - draws
 */
export function planWindows(grid: number, side: number, count: number, random: Random): WindowOffset[] {
  // Neighbors overlap by an even number of patches, as many as corners have or more: then each corner that is left out of one is in another.
  const stride = Math.max(1, side - 2 * Math.ceil(cornerOf(side) / 2))
  const steps = Math.ceil((grid - side) / stride)
  const starts = Array.from({ length: steps + 1 }, (_, index) => (steps === 0 ? 0 : Math.round((index * (grid - side)) / steps)))
  const covering = starts.flatMap((row) => starts.map((column): WindowOffset => [row, column]))
  const more = Math.max(0, count - covering.length)
  const drawn = Array.from({ length: more }, (): WindowOffset => [random.below(grid - side + 1), random.below(grid - side + 1)])
  return [...covering, ...drawn]
}
