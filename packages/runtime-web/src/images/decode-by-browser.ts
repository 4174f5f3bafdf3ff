import { assertPixelCount, DinokitError, type DecodeOptions, type Pixels } from '@dinokit/core'
import { decodeJpeg } from './decode-jpeg.ts'
import type { Header } from './look-into.ts'
import type { Encoded } from './read-encoded.ts'
import { AS_STORED, PLAIN, readPixels, type Retouch } from './read-pixels.ts'

/**
 * Decodes an image file with the browser.
 *
 * @param encoded - the file
 * @param header - what it tells
 * @param options - limit, the window that is enough
 * @param retouch - what is done to the samples while they have alpha; default nothing
 * @throws DinokitError `image-unreadable`, `image-too-large`, `out-of-memory`
 */
export async function decodeByBrowser(
  { name, blob }: Encoded,
  { size, plain, head }: Header,
  { pixelLimit, window }: DecodeOptions,
  retouch?: Retouch,
): Promise<Pixels> {
  if (size && plain && typeof ImageDecoder !== 'undefined') {
    const bytes = head.length === blob.size ? head : new Uint8Array(await blob.arrayBuffer())
    const pixels = await decodeJpeg(bytes, size, window?.(size))
    if (pixels) return pixels
  }
  const bitmap = await createImageBitmap(blob, plain ? PLAIN : AS_STORED).catch((cause: unknown) => {
    throw new DinokitError('image-unreadable', `${name} is damaged, or of a kind that this browser does not decode.`, {
      given: `${blob.size} bytes; ${String(cause)}`,
      expected: 'a whole image file',
      hint: 'Save or fetch it again.',
      cause,
    })
  })
  assertPixelCount(name, bitmap, pixelLimit)
  return readPixels(bitmap, window?.({ width: bitmap.width, height: bitmap.height }), { plain, ...(retouch && { retouch }) })
}
