import type { Size } from './size.ts'

/** Where pixels lie in an image of which they are a window. */
export interface ImagePart {
  /** Size of the whole image. */
  readonly source: Size
  /** Column of the image that the first pixel of each row is of. */
  readonly left: number
  /** Row of the image that the first row is of. */
  readonly top: number
}
