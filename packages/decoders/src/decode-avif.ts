import type { Pixels } from '@dinokit/core'

/**
 * Decodes an AVIF file by libavif in WebAssembly, which gives the same bits everywhere: its clean aperture, turned upright as
 * the file says, alpha dropped; of more than 8 bits the nearest 8; of a sequence the primary image.
 *
 * @param name - what a person knows the file by
 * @param bytes - of the whole file
 * @param pixelLimit - most pixels allowed
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `session-failed` where the decoder can't be loaded
 */
export async function decodeAvif(name: string, bytes: Uint8Array, pixelLimit?: number): Promise<Pixels> {
  const { runAvifDecoder } = await import('./lib/avif-decoder.ts')
  return runAvifDecoder(name, bytes, pixelLimit)
}
