import type { Size } from '@dinokit/core'
import type { DecodedKind } from './file-kind.ts'
import { ifLongEnough, textAt, viewOf } from './lib/bytes.ts'
import { jpegFrame } from './jpeg-frame.ts'

/**
 * The size that an image file's header tells, before it is turned.
 *
 * @param kind - of the file
 * @param head - the file's first bytes, or all
 * @returns undefined where it is not among them, or of a kind that tells it elsewhere (AVIF, TIFF)
 */
export function storedSize(kind: DecodedKind, head: Uint8Array): Size | undefined {
  return ifLongEnough(() => read(kind, head))
}

function read(kind: DecodedKind, head: Uint8Array): Size | undefined {
  const view = viewOf(head)
  switch (kind) {
    case 'JPEG':
      return jpegFrame(head)?.size
    case 'PNG':
      return { width: view.getUint32(16), height: view.getUint32(20) }
    case 'GIF':
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
    case 'BMP':
      return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) }
    case 'WebP':
      return webpSize(view, textAt(head, 12))
    default:
      return undefined
  }
}

/** Reads the size from the first chunk: extended, lossless or lossy. */
function webpSize(view: DataView, chunk: string): Size | undefined {
  if (chunk === 'VP8X') return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 }
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  return chunk === 'VP8 ' ? { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff } : undefined
}
