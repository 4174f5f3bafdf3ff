import { readFile } from 'node:fs/promises'
import sharp from 'sharp'

/** An 8-bit image of one channel. */
export interface Annotation {
  readonly data: Uint8Array
  readonly size: readonly [height: number, width: number]
}

/**
 * Reads an 8-bit annotation as it is.
 *
 * @param path - of a PNG
 */
export async function readAnnotation(path: string): Promise<Annotation> {
  const { data, info } = await sharp(await readFile(path), { ignoreIcc: true })
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data: new Uint8Array(data), size: [info.height, info.width] }
}
