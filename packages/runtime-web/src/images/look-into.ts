import type { Size } from '@dinokit/core'
import { fileKind, gifFrame, jpegFrame, storedSize, type DecodedKind } from '@dinokit/decoders'
import type { Encoded } from './read-encoded.ts'

/** Where the formats have their sizes; JPEGs may hold previews and color profiles before it. */
const HEAD = 1024 * 1024

/** Orientation of upright images, of EXIF’s eight. */
const UPRIGHT = 1

/** Header of an image file, read without decoding it. */
export interface Header {
  /** In pixels; undefined where it is of no known format. */
  readonly size: Size | undefined
  /** Whether it is as it seems, and opaque: an upright JPEG without a color profile. */
  readonly plain: boolean
  /** EXIF's, of a JPEG file: 1 to 8, 1 is upright. */
  readonly orientation: number
  /** Bytes that were read: the file's first bytes, or all. */
  readonly head: Uint8Array<ArrayBuffer>
}

/** Looks at the header of an image file. */
export async function lookInto({ blob }: Encoded): Promise<Header> {
  let head = new Uint8Array(await blob.slice(0, HEAD).arrayBuffer())
  if (head.length < blob.size && isBeforeFrame(head)) head = new Uint8Array(await blob.arrayBuffer())
  const kind = fileKind(head)
  const frame = kind === 'JPEG' ? jpegFrame(head) : undefined
  const orientation = frame?.orientation ?? UPRIGHT
  const size = kind === undefined ? undefined : storedSize(kind as DecodedKind, head)
  return { size, orientation, head, plain: frame !== undefined && orientation === UPRIGHT && !holds(head, 'ICC_PROFILE') }
}

/** Whether what tells how to decode a file lies behind its first bytes. */
function isBeforeFrame(head: Uint8Array): boolean {
  const kind = fileKind(head)
  return (kind === 'JPEG' && !jpegFrame(head)) || (kind === 'GIF' && !gifFrame(head))
}

function holds(bytes: Uint8Array, text: string): boolean {
  const wanted = new TextEncoder().encode(text)
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true
  }
  return false
}
