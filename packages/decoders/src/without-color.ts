import { fileKind } from './file-kind.ts'
import { textAt, viewOf } from './lib/bytes.ts'

/** Chunks of a PNG that change the samples of decoders that heed them: color, and transparency beside the samples. */
const PNG_CHUNKS = ['cHRM', 'cICP', 'gAMA', 'iCCP', 'sRGB', 'tRNS']

const APP2 = 0xe2
const SCAN = 0xda

/** Bytes from `start` up to `end`. */
type Part = readonly [start: number, end: number]

/**
 * Removes what makes a browser change a file's samples: color profiles of JPEG and PNG, and gamma and transparent colors of
 * PNG. Not every browser heeds `colorSpaceConversion: 'none'`, and a canvas loses the color of what is transparent.
 *
 * @param blob - the file
 * @param head - its first bytes, or all
 * @returns the file without them; `blob` itself where there are none among the first bytes
 */
export function withoutColor(blob: Blob, head: Uint8Array): Blob {
  const kind = fileKind(head)
  const parts = kind === 'PNG' ? pngParts(head) : kind === 'JPEG' ? jpegParts(head) : []
  if (parts.length === 0) return blob
  const kept = [0, ...parts.map(([, end]) => end)].map((start, index) => blob.slice(start, parts[index]?.[0]))
  return new Blob(kept, { type: blob.type })
}

function pngParts(head: Uint8Array): Part[] {
  const view = viewOf(head)
  const parts: Part[] = []
  for (let at = 8; at + 8 <= head.length;) {
    const chunk = textAt(head, at + 4)
    if (chunk === 'IDAT') break
    const end = at + 12 + view.getUint32(at)
    if (PNG_CHUNKS.includes(chunk)) parts.push([at, end])
    at = end
  }
  return parts
}

function jpegParts(head: Uint8Array): Part[] {
  const parts: Part[] = []
  for (let at = 2; at + 4 <= head.length && head[at] === 0xff;) {
    const marker = head[at + 1]!
    if (marker === SCAN) break
    if (marker === 0xff) {
      at++
      continue
    }
    const end = at + 2 + ((head[at + 2]! << 8) | head[at + 3]!)
    if (marker === APP2 && textAt(head, at + 4, 11) === 'ICC_PROFILE') parts.push([at, end])
    at = end
  }
  return parts
}
