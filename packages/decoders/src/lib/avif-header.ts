import { DinokitError, type Size, type Region } from '@dinokit/core'
import { ifLongEnough, viewOf } from './bytes.ts'
import { boxesIn, boxIn, type Box } from './boxes.ts'

/** Header of an AVIF file, and what is to be done to the pixels that a decoder makes of it. */
export interface AvifHeader {
  /** Size as stored. */
  readonly size: Size
  /** Window of it that is shown: its clean aperture; undefined for all. */
  readonly aperture?: Region
  /** Turns after that: EXIF's orientations, one after the other. */
  readonly turns: readonly number[]
}

/** EXIF's orientation for quarters of a turn against the clock, and for mirroring top to bottom and left to right. */
const ROTATIONS = [1, 8, 3, 6] as const
const MIRRORS = [4, 2] as const

/**
 * Reads the properties of an AVIF file's primary item (ISO/IEC 23008-12, 6.5; MIAF's order: aperture, rotation, mirror).
 *
 * @param name - what a person knows the file by
 * @param bytes - the file's first bytes, or all
 * @returns undefined where they are not among them
 * @throws DinokitError `image-unsupported` where the aperture is not of whole pixels
 */
export function avifHeader(name: string, bytes: Uint8Array): AvifHeader | undefined {
  return ifLongEnough(() => readHeader(name, bytes))
}

function readHeader(name: string, bytes: Uint8Array): AvifHeader | undefined {
  const properties = primaryProperties(bytes)
  const view = viewOf(bytes)
  const found = properties.find(({ type }) => type === 'ispe')
  if (!found) return undefined
  const size = { width: view.getUint32(found.start + 4), height: view.getUint32(found.start + 8) }
  const clap = properties.find(({ type }) => type === 'clap')
  const turns: number[] = []
  for (const { type, start } of properties) if (type === 'irot') turns.push(ROTATIONS[bytes[start]! & 3]!)
  for (const { type, start } of properties) if (type === 'imir') turns.push(MIRRORS[bytes[start]! & 1]!)
  return { size, ...(clap && { aperture: aperture(name, view, clap, size) }), turns }
}

function primaryProperties(bytes: Uint8Array): Box[] {
  const view = viewOf(bytes)
  const meta = boxIn(bytes, { start: 0, end: bytes.length }, 'meta')
  const inside = meta && { start: meta.start + 4, end: meta.end }
  const pitm = inside && boxIn(bytes, inside, 'pitm')
  const iprp = inside && boxIn(bytes, inside, 'iprp')
  const ipco = iprp && boxIn(bytes, iprp, 'ipco')
  const ipma = iprp && boxIn(bytes, iprp, 'ipma')
  if (!pitm || !ipco || !ipma) return []
  const primary = bytes[pitm.start] === 0 ? view.getUint16(pitm.start + 4) : view.getUint32(pitm.start + 4)
  const all = [...boxesIn(bytes, ipco.start, ipco.end)]
  return propertyIndices(view, ipma, primary).flatMap((index) => all[index - 1] ?? [])
}

/** Numbers of an item's properties, from 1. */
function propertyIndices(view: DataView, { start }: Box, item: number): number[] {
  const wideItems = view.getUint8(start) > 0
  const wideIndices = (view.getUint8(start + 3) & 1) === 1
  const entries = view.getUint32(start + 4)
  let at = start + 8
  for (let entry = 0; entry < entries; entry++) {
    const id = wideItems ? view.getUint32(at) : view.getUint16(at)
    at += wideItems ? 4 : 2
    const count = view.getUint8(at++)
    const indices: number[] = []
    for (let i = 0; i < count; i++, at += wideIndices ? 2 : 1) {
      // The uppermost bit says whether the property is essential.
      indices.push(wideIndices ? view.getUint16(at) & 0x7fff : view.getUint8(at) & 0x7f)
    }
    if (id === item) return indices
  }
  return []
}

function aperture(name: string, view: DataView, { start }: Box, size: Size): Region {
  const fraction = (i: number, signed: boolean): number =>
    (signed ? view.getInt32(start + i * 8) : view.getUint32(start + i * 8)) / view.getUint32(start + i * 8 + 4)
  const [width, height] = [fraction(0, false), fraction(1, false)]
  const left = fraction(2, true) + (size.width - width) / 2
  const top = fraction(3, true) + (size.height - height) / 2
  const whole = [left, top, width, height].every(Number.isInteger)
  if (whole && left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= size.width && top + height <= size.height)
    return { left, top, width, height }
  throw new DinokitError('image-unsupported', `${name} is an AVIF file whose clean aperture is not of whole pixels inside the image.`, {
    given: `${width}x${height} at ${left}, ${top} of ${size.width}x${size.height}`,
    expected: 'whole pixels',
    hint: 'Save it again without a clean aperture ("clap").',
  })
}
