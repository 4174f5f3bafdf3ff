import { DinokitError, type Pixels, type Size } from '@dinokit/core'
import { cmykToRgb } from './cmyk-to-rgb.ts'
import { compileEmbedded } from './lib/compile-embedded.ts'
import { loadOnce } from './lib/loader.ts'

const load = loadOnce('CMYK JPEG', async () => (await import('./lib/cmyk-decoder.ts')).cmykDecoder(compileEmbedded))

/**
 * Decodes a JPEG file of four channels (CMYK or YCCK) by libjpeg-turbo in WebAssembly, and makes RGB of it as Pillow does:
 * browsers round in another way. Samples are inverted, as all such files have them.
 *
 * @param name - what a person knows the file by
 * @param bytes - of the whole file
 * @param size - that its header tells
 * @returns as stored: not turned upright
 * @throws DinokitError `image-unreadable`, `session-failed` where the decoder can't be loaded
 */
export async function decodeCmykJpeg(name: string, bytes: Uint8Array, size: Size): Promise<Pixels> {
  const decode = await load()
  try {
    return { data: cmykToRgb(decode(bytes, size), 4), ...size }
  } catch (cause) {
    throw new DinokitError('image-unreadable', `${name} is damaged, or not a CMYK JPEG file that libjpeg decodes.`, {
      given: `${bytes.length} bytes; ${String(cause)}`,
      expected: 'a whole image file',
      hint: 'Save or fetch it again.',
      cause,
    })
  }
}
