import type { Size } from './size.ts'

/** A rectangle of an image, in its pixels. */
export interface Region extends Size {
  readonly left: number
  readonly top: number
}
