import { textAt } from './lib/bytes.ts'
import { boxesIn } from './lib/boxes.ts'

/** Kinds of files that some runtime decodes. */
export type DecodedKind = 'JPEG' | 'PNG' | 'GIF' | 'WebP' | 'AVIF' | 'TIFF' | 'BMP'

/** The kind of a file by its first bytes: one of those that are decoded, or the name of another. */
export type FileKind = DecodedKind | (string & {})

/** Kinds by the text that a file begins with; the longer first. */
const BEGINNINGS: readonly (readonly [string, FileKind])[] = [
  ['\x89PNG\r\n\x1a\n', 'PNG'],
  ['\xff\xd8\xff', 'JPEG'],
  ['GIF8', 'GIF'],
  ['II*\0', 'TIFF'],
  ['MM\0*', 'TIFF'],
  ['II+\0', 'TIFF'],
  ['MM\0+', 'TIFF'],
  ['\0\0\0\x0cJXL ', 'JPEG XL'],
  ['\xff\x0a', 'JPEG XL'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000'],
  ['\xff\x4f\xff\x51', 'JPEG 2000'],
  ['\0\0\x01\0', 'ICO'],
  ['%PDF', 'PDF'],
  ['%!PS', 'PostScript'],
  ['8BPS', 'Photoshop'],
  ['\x76\x2f\x31\x01', 'OpenEXR'],
  ['#?RADIANCE', 'Radiance HDR'],
  ['SIMPLE  =', 'FITS'],
  ['DDS ', 'DDS'],
  ['qoif', 'QOI'],
  ['\x1a\x45\xdf\xa3', 'WebM or Matroska video'],
  ['PK\x03\x04', 'ZIP'],
  ['BM', 'BMP'],
]

const BRANDS: Readonly<Record<string, FileKind>> = {
  avif: 'AVIF',
  avis: 'AVIF',
  heic: 'HEIC',
  heix: 'HEIC',
  heim: 'HEIC',
  heis: 'HEIC',
  hevc: 'HEIC',
  hevx: 'HEIC',
  mif1: 'HEIF',
  msf1: 'HEIF',
  'crx ': 'Canon CR3',
  'qt  ': 'QuickTime video',
  isom: 'MP4 video',
  mp41: 'MP4 video',
  mp42: 'MP4 video',
}

/**
 * Tells the kind of a file by its first bytes, whatever it is called.
 *
 * @param bytes - the file's first bytes, or all
 * @returns undefined where it is none that is known
 */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  const start = textAt(bytes, 0, 16)
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'WebP'
  if (start.slice(4, 8) === 'ftyp') return boxedKind(bytes)
  const kind = BEGINNINGS.find(([beginning]) => start.startsWith(beginning))?.[1]
  if (kind) return kind
  if (/^P[1-7]\s/.test(start)) return 'PNM'
  if (/^P[Ff]\s/.test(start)) return 'PFM'
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/.test(textAt(bytes, 0, 1024)) ? 'SVG' : undefined
}

/** Finds the kind by the brand that comes first, or, where that is a general one, by those that the file is compatible with. */
function boxedKind(bytes: Uint8Array): FileKind | undefined {
  const [ftyp] = boxesIn(bytes, 0, bytes.length)
  const brands = [textAt(bytes, 8)]
  for (let at = 16; ftyp && at + 4 <= ftyp.end; at += 4) brands.push(textAt(bytes, at))
  const known = brands.map((brand) => BRANDS[brand]).filter((kind) => kind !== undefined)
  return known.find((kind) => kind !== 'HEIF') ?? known[0]
}
