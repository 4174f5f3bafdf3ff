import { fileKind } from './file-kind.ts'
import { textAt } from './lib/bytes.ts'
import { jpegSegments } from './lib/jpeg-segments.ts'
import { pngChunks } from './lib/png-chunks.ts'

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
  const parts: Part[] = []
  for (const { type, start, end } of pngChunks(head)) {
    if (type === 'IDAT') break
    if (PNG_CHUNKS.includes(type)) parts.push([start, end])
  }
  return parts
}

function jpegParts(head: Uint8Array): Part[] {
  const parts: Part[] = []
  for (const { marker, start, end } of jpegSegments(head)) {
    if (marker === SCAN) break
    if (marker === APP2 && textAt(head, start + 4, 11) === 'ICC_PROFILE') parts.push([start, end])
  }
  return parts
}
