import type { Size } from '@dinokit/core'
import { imageSize } from 'image-size'
import type { Encoded } from './read-encoded.ts'

/** Where the formats have their sizes; JPEGs may hold previews and colour profiles before it. */
const HEAD = 1024 * 1024

/** The size that an image file's header gives, without decoding it; undefined where it is of no known format. */
export async function encodedSize({ blob }: Encoded): Promise<Size | undefined> {
  try {
    return imageSize(new Uint8Array(await blob.slice(0, HEAD).arrayBuffer()))
  } catch {
    return undefined
  }
}
