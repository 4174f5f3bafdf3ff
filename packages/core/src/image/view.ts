import type { Placement } from './placement.ts'

/** A view of an image that is embedded once more: another scale, a part, or the mirrored image. */
export interface View {
  /** Window of the resized image; sides of the input are multiples of the patch. */
  readonly placement: Omit<Placement, 'source'>
  /** Mirror the input from left to right: column 0 of the tokens is then the window's right edge. Default false. */
  readonly flip?: boolean
}
