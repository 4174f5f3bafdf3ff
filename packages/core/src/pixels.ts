/** A decoded picture: 8-bit RGB, row-major [height][width][3], upright, in the file's own colour values. */
export interface Pixels {
  /** [height][width][3], 0-255. */
  readonly data: Uint8Array
  /** Width in pixels. */
  readonly width: number
  /** Height in pixels. */
  readonly height: number
}
