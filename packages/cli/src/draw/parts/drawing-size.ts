import type { Size } from '@dinokit/core'

/** Images whose sides are both smaller are drawn larger: a legend has to be read beside them. */
const SMALLEST = 400

/** Text is this part of a drawing’s size (the root of its area), but no smaller than can be read. */
const [TEXT, SMALLEST_TEXT] = [1 / 52, 13]

/** Sizes of the parts of a drawing. */
export interface DrawingSize extends Size {
  /** Pixels of the drawing for one pixel of the image, whole. */
  readonly factor: number
  /** Size of text in pixels. */
  readonly text: number
}

/** Computes the size of a drawing of an image, and of its text. */
export function drawingSize({ width, height }: Size): DrawingSize {
  const factor = Math.ceil(SMALLEST / Math.max(width, height))
  const text = Math.max(SMALLEST_TEXT, Math.round(Math.sqrt(width * height) * factor * TEXT))
  return { width: width * factor, height: height * factor, factor, text }
}
