import { textAt, viewOf } from './bytes.ts'

/** Chunk of a PNG file. */
export interface PngChunk {
  readonly type: string
  /** Position of its length, which it begins with. */
  readonly start: number
  /** Position after its checksum, which may lie beyond the bytes that are there. */
  readonly end: number
}

/**
 * Lists the chunks of a PNG file (PNG specification, third edition, 5.3) whose first eight bytes are there.
 *
 * @param bytes - the file's first bytes, or all
 */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = viewOf(bytes)
  for (let start = 8; start + 8 <= bytes.length;) {
    const end = start + 12 + view.getUint32(start)
    yield { type: textAt(bytes, start + 4), start, end }
    start = end
  }
}
