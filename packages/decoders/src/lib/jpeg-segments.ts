/** Segment of a JPEG file. */
export interface JpegSegment {
  /** Second byte of its marker. */
  readonly marker: number
  /** Position of its marker. */
  readonly start: number
  /** Position after it, which may lie beyond the bytes that are there. */
  readonly end: number
}

/**
 * Lists the segments of a JPEG file (ITU T.81, B.1.1) whose first four bytes are there.
 *
 * @param bytes - the file's first bytes, or all
 */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  for (let start = 2; start + 4 <= bytes.length && bytes[start] === 0xff;) {
    const marker = bytes[start + 1]!
    if (marker === 0xff) {
      start++
      continue
    }
    const end = start + 2 + ((bytes[start + 2]! << 8) | bytes[start + 3]!)
    yield { marker, start, end }
    start = end
  }
}
