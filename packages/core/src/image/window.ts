import type { Size } from './size.ts'

/** A rectangle of a picture, in its pixels. */
export interface Window extends Size {
  readonly left: number
  readonly top: number
}
