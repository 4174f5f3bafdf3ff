import { assertPixelCount, DinokitError, type DecodeOptions, type Pixels } from '@dinokit/core'
import { decodeJpeg } from './decode-jpeg.ts'
import { lookInto } from './look-into.ts'
import type { Encoded } from './read-encoded.ts'
import { AS_STORED, PLAIN, readPixels } from './read-pixels.ts'

/**
 * Decodes an image file with the browser, in whichever thread it is called.
 *
 * @param encoded - the file
 * @param options - limit, the window that is enough
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `out-of-memory`
 */
export async function decodeEncoded(encoded: Encoded, { pixelLimit, window }: DecodeOptions): Promise<Pixels> {
  const { name, blob } = encoded
  const { size, plain, head } = await lookInto(encoded)
  if (size) assertPixelCount(name, size, pixelLimit)
  if (size && plain && typeof ImageDecoder !== 'undefined') {
    const bytes = head.length === blob.size ? head : new Uint8Array(await blob.arrayBuffer())
    const pixels = await decodeJpeg(bytes, size, window?.(size))
    if (pixels) return pixels
  }
  const bitmap = await createImageBitmap(blob, plain ? PLAIN : AS_STORED).catch(async (cause: unknown) => {
    throw await decodeError(encoded, size !== undefined, cause)
  })
  assertPixelCount(name, bitmap, pixelLimit)
  return readPixels(bitmap, window?.({ width: bitmap.width, height: bitmap.height }), plain)
}

async function decodeError({ name, blob }: Encoded, known: boolean, cause: unknown): Promise<DinokitError> {
  if (known) {
    return new DinokitError('image-unreadable', `${name} is damaged, or of a kind that this browser does not decode.`, {
      given: `${blob.size} bytes; ${String(cause)}`,
      expected: 'a whole image file',
      hint: 'Save or fetch it again.',
      cause,
    })
  }
  const first = new TextDecoder('latin1').decode(await blob.slice(0, 8).arrayBuffer())
  return new DinokitError('image-unsupported', `${name} is not a picture that this browser can decode.`, {
    given: `${blob.size} bytes that begin with ${JSON.stringify(first)}`,
    expected: 'JPEG, PNG, WebP, AVIF or GIF',
    cause,
  })
}
