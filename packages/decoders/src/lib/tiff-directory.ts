import { ifLongEnough, viewOf } from './bytes.ts'

/** Bytes of a value by its type; the types that name whole numbers. */
const SIZES: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 16: 8 }

/** Values that are read of one entry: no tag that is looked at has more. */
const MOST_VALUES = 16

/**
 * Reads whole numbers of the first directory of a TIFF file, which is also the form of EXIF (TIFF 6.0, section 2; BigTIFF).
 *
 * @param bytes - from the byte order mark on; as many as are at hand
 * @returns the values of each tag; undefined where it is no TIFF file, or its directory is not at hand
 */
export function tiffDirectory(bytes: Uint8Array): ReadonlyMap<number, readonly number[]> | undefined {
  return ifLongEnough(() => readDirectory(viewOf(bytes)))
}

function readDirectory(view: DataView): ReadonlyMap<number, readonly number[]> | undefined {
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return undefined
  const little = order === 0x4949
  const version = view.getUint16(2, little)
  if (version !== 42 && version !== 43) return undefined
  const big = version === 43
  const number = (at: number, size: 1 | 2 | 4 | 8): number => {
    if (size === 8) return Number(view.getBigUint64(at, little))
    return size === 4 ? view.getUint32(at, little) : size === 2 ? view.getUint16(at, little) : view.getUint8(at)
  }
  const word = big ? 8 : 4
  const directory = number(big ? 8 : 4, word)
  const count = number(directory, big ? 8 : 2)
  const tags = new Map<number, readonly number[]>()
  for (let i = 0; i < count; i++) {
    const entry = directory + (big ? 8 : 2) + i * (big ? 20 : 12)
    const size = SIZES[number(entry + 2, 2)]
    const length = number(entry + 4, word)
    if (!size || length > MOST_VALUES) continue
    const field = entry + 4 + word
    const from = size * length <= word ? field : number(field, word)
    tags.set(
      number(entry, 2),
      Array.from({ length }, (_, n) => number(from + n * size, size)),
    )
  }
  return tags
}
