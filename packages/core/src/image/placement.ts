import type { Size } from './size.ts'

/**
 * Where the model's input lies in the source image: the source was resized to `resized`, then the window that
 * starts at (`left`, `top`) of it and has the size `input` was taken. Outside the resized image (negative `left` or
 * `top`: padding) the input has one color. Pixels are upright source pixels, after EXIF orientation.
 */
export interface Placement {
  /** Size of the upright source image. */
  readonly source: Size
  /** Size of the whole image after resizing, before the window was taken. */
  readonly resized: Size
  /** Left edge of the window in the resized image; negative where the image was padded. */
  readonly left: number
  /** Top edge of the window in the resized image; negative where the image was padded. */
  readonly top: number
  /** Size of the window: what the model saw. */
  readonly input: Size
}

/**
 * Maps a rectangle of the model's input (in input pixels) to the source image's pixels.
 *
 * @param placement - of the image
 * @param box - left, top, right, bottom in input pixels
 * @returns left, top, right, bottom in source pixels; outside the image where the input was padding
 */
export function toSource(placement: Placement, box: readonly [number, number, number, number]): [number, number, number, number] {
  const { source, resized, left, top } = placement
  const x = source.width / resized.width
  const y = source.height / resized.height
  return [(box[0] + left) * x, (box[1] + top) * y, (box[2] + left) * x, (box[3] + top) * y]
}
