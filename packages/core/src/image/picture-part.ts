import type { Size } from './size.ts'

/** Where pixels lie in a picture of which they are a window. */
export interface PicturePart {
  /** Size of the whole picture. */
  readonly source: Size
  /** Column of the picture that the first pixel of each row is of. */
  readonly left: number
  /** Row of the picture that the first row is of. */
  readonly top: number
}
