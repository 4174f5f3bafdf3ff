import { open } from 'node:fs/promises'
import { extname } from 'node:path'

/** Endings of the files that are read, in lower case. */
const ENDINGS: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.avif', '.gif', '.tif', '.tiff'])

/** The formats that are read, for messages. */
export const IMAGE_FORMATS = 'JPEG, PNG, WebP, AVIF, GIF or TIFF files'

/** Returns the ending of a name, in lower case; empty where it ends with nothing. */
export function endingOfName(name: string): string {
  return extname(name).toLowerCase()
}

/** Whether a name says that the file is an image that can be read. */
export function hasImageEnding(name: string): boolean {
  return ENDINGS.has(endingOfName(name))
}

/** First bytes of the formats that are read; `undefined` stands for any byte. */
const SIGNATURES: readonly (readonly (number | undefined)[])[] = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  bytesOf('GIF87a'),
  bytesOf('GIF89a'),
  [...bytesOf('RIFF'), undefined, undefined, undefined, undefined, ...bytesOf('WEBP')],
  [undefined, undefined, undefined, undefined, ...bytesOf('ftypavif')],
  [undefined, undefined, undefined, undefined, ...bytesOf('ftypavis')],
  [...bytesOf('II'), 42, 0],
  [...bytesOf('MM'), 0, 42],
  [...bytesOf('II'), 43, 0],
  [...bytesOf('MM'), 0, 43],
]

const LONGEST_SIGNATURE = 12

/**
 * Whether a file begins as an image that can be read.
 *
 * @param path - of the file
 * @throws what the system says where it can't be read
 */
export async function beginsAsImage(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(LONGEST_SIGNATURE), 0, LONGEST_SIGNATURE, 0)
    const head = buffer.subarray(0, bytesRead)
    return SIGNATURES.some((signature) => signature.every((byte, i) => (byte === undefined ? i < head.length : head[i] === byte)))
  } finally {
    await file.close()
  }
}

function bytesOf(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0))
}
