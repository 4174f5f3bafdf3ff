import type { Size } from '@dinokit/core'
import { textAt } from './lib/bytes.ts'
import { jpegSegments } from './lib/jpeg-segments.ts'
import { tiffDirectory } from './lib/tiff-directory.ts'

/** Frame header of a JPEG file. */
export interface JpegFrame {
  /** Coding of the samples: as most are, without loss, or in layers. */
  readonly coding: 'usual' | 'lossless' | 'hierarchical'
  /** Bits of a sample. */
  readonly bits: number
  /** 1 gray, 3 color, 4 CMYK. */
  readonly channels: number
  /** Before it is turned. */
  readonly size: Size
  /** EXIF's, 1 to 8; 1 where there is none. */
  readonly orientation: number
}

/**
 * Looks for a JPEG file's frame header (ITU T.81, B.2.2).
 *
 * @param bytes - the file's first bytes, or all
 * @returns undefined where it is not among them
 */
export function jpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  let orientation = 1
  for (const { marker, start: at } of jpegSegments(bytes)) {
    if (at + 9 >= bytes.length) return undefined
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.includes(marker)) {
      const coding = LOSSLESS.includes(marker) ? 'lossless' : HIERARCHICAL.includes(marker) ? 'hierarchical' : 'usual'
      const size = { height: (bytes[at + 5]! << 8) | bytes[at + 6]!, width: (bytes[at + 7]! << 8) | bytes[at + 8]! }
      return { coding, bits: bytes[at + 4]!, channels: bytes[at + 9]!, size, orientation }
    }
    if (marker === EXIF && textAt(bytes, at + 4) === 'Exif') orientation = orientationOf(bytes.subarray(at + 10))
  }
  return undefined
}

// Huffman tables, a reserved marker, arithmetic conditioning.
const NO_FRAME = [0xc4, 0xc8, 0xcc]
const LOSSLESS = [0xc3, 0xcb]
const HIERARCHICAL = [0xc5, 0xc6, 0xc7, 0xcd, 0xce, 0xcf]
const EXIF = 0xe1
const ORIENTATION = 274

function orientationOf(exif: Uint8Array): number {
  const [orientation = 1] = tiffDirectory(exif)?.get(ORIENTATION) ?? []
  return orientation >= 1 && orientation <= 8 ? orientation : 1
}
