import { textAt, viewOf } from './lib/bytes.ts'
import { tiffDirectory } from './lib/tiff-directory.ts'

const ORIENTATION = 274
const EXIF_FLAG = 8
const EXIF_MARK = 'Exif\0\0'

/**
 * The EXIF orientation of a WebP file, which not every browser applies (WebP Container Specification, "EXIF" chunk).
 *
 * @param bytes - of the whole file
 * @returns 1 to 8; 1 where there is none
 */
export function webpOrientation(bytes: Uint8Array): number {
  const at = exifChunk(bytes)
  if (at === undefined) return 1
  const start = textAt(bytes, at + 8, EXIF_MARK.length) === EXIF_MARK ? at + 8 + EXIF_MARK.length : at + 8
  const [orientation = 1] = tiffDirectory(bytes.subarray(start))?.get(ORIENTATION) ?? []
  return orientation >= 1 && orientation <= 8 ? orientation : 1
}

/**
 * A WebP file without its EXIF, so that no decoder turns it.
 *
 * @param bytes - of the whole file
 * @returns a copy where there is EXIF
 */
export function withoutWebpExif(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = exifChunk(bytes)
  if (at === undefined) return bytes
  const copy = bytes.slice()
  // Decoders pass over chunks that they do not know.
  copy.set(new TextEncoder().encode('xxxx'), at)
  return copy
}

/** Where its EXIF chunk is; none counts that the file's header does not announce. */
function exifChunk(bytes: Uint8Array): number | undefined {
  if (textAt(bytes, 12) !== 'VP8X' || ((bytes[20] ?? 0) & EXIF_FLAG) === 0) return undefined
  const view = viewOf(bytes)
  for (let at = 12; at + 8 <= bytes.length;) {
    if (textAt(bytes, at) === 'EXIF') return at
    const length = view.getUint32(at + 4, true)
    at += 8 + length + (length % 2)
  }
  return undefined
}
