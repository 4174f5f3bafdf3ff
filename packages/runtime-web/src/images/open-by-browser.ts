import { assertPixelCount, assertRegion, DinokitError, type DecodeOptions, type OpenImage, type Size } from '@dinokit/core'
import { decodeJpeg } from './decode-jpeg.ts'
import type { Header } from './look-into.ts'
import { openBitmap } from './open-bitmap.ts'
import type { Encoded } from './read-encoded.ts'
import { AS_STORED, PLAIN, readPixels, type Retouch } from './read-pixels.ts'

/**
 * Opens an image file with the browser.
 *
 * @param encoded - the file
 * @param header - what it tells
 * @param options - limit
 * @param retouch - what is done to the samples while they have alpha; default nothing
 * @throws DinokitError `image-unreadable`, `image-too-large`
 */
export async function openByBrowser(
  encoded: Encoded,
  header: Header,
  { pixelLimit }: DecodeOptions,
  retouch?: Retouch,
): Promise<OpenImage> {
  const { size, plain } = header
  if (size && plain && typeof ImageDecoder !== 'undefined') return openPlain(encoded, size, header.head)
  return openBitmap(
    async () => {
      const bitmap = await bitmapOf(encoded, plain)
      assertPixelCount(encoded.name, bitmap, pixelLimit)
      return bitmap
    },
    (bitmap, region) => readPixels(bitmap, region, { plain, ...(retouch && { retouch }) }),
  )
}

/** A plain JPEG, of which no more is made RGB than is read. */
function openPlain(encoded: Encoded, size: Size, head: Header['head']): OpenImage {
  const close = (): Promise<void> => Promise.resolve()
  return {
    size,
    async read(region) {
      if (region) assertRegion(region, size)
      // The decoder takes the bytes for itself.
      const bytes = head.byteLength === encoded.blob.size ? head : new Uint8Array(await encoded.blob.arrayBuffer())
      return (await decodeJpeg(bytes, size, region)) ?? readPixels(await bitmapOf(encoded, true), region, { plain: true })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function bitmapOf({ name, blob }: Encoded, plain: boolean): Promise<ImageBitmap> {
  return createImageBitmap(blob, plain ? PLAIN : AS_STORED).catch((cause: unknown) => {
    throw new DinokitError('image-unreadable', `${name} is damaged, or of a kind that this browser does not decode.`, {
      given: `${blob.size} bytes; ${String(cause)}`,
      expected: 'a whole image file',
      hint: 'Save or fetch it again.',
      cause,
    })
  })
}
