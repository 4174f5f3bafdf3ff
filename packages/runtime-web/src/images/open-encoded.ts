import { assertPixelCount, DinokitError, openPixels, type DecodeOptions, type OpenImage } from '@dinokit/core'
import {
  assertDecodable,
  decodeAvif,
  decodeCmykJpeg,
  fillBackdrop,
  gifFrame,
  isAnimatedPng,
  jpegFrame,
  pngStill,
  turn,
  webpOrientation,
  withoutColor,
  withoutWebpExif,
  type DecodedKind,
} from '@dinokit/decoders'
import { lookInto } from './look-into.ts'
import { openByBrowser } from './open-by-browser.ts'
import type { Encoded } from './read-encoded.ts'

/** Formats that are decoded here. Browsers know more, each its own. */
const DECODED: readonly DecodedKind[] = ['JPEG', 'PNG', 'WebP', 'AVIF', 'GIF', 'BMP']

/**
 * Opens an image file, in whichever thread it is called: with the browser where its pixels are those of Node, otherwise with a
 * decoder of our own, which is loaded then.
 *
 * @param encoded - the file
 * @param options - limit
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `out-of-memory`, `session-failed` where a
 *   decoder can't be loaded
 */
export async function openEncoded(encoded: Encoded, options: Pick<DecodeOptions, 'pixelLimit'>): Promise<OpenImage> {
  const { pixelLimit } = options
  const { name, blob } = encoded
  const header = await lookInto(encoded)
  const { size, orientation, head } = header
  const kind = assertDecodable(name, head, DECODED)
  if (size) assertPixelCount(name, size, pixelLimit)
  const bytes = async (): Promise<Uint8Array<ArrayBuffer>> => (head.length === blob.size ? head : new Uint8Array(await blob.arrayBuffer()))
  if (kind === 'AVIF') return openPixels(await decodeAvif(name, await bytes(), pixelLimit))
  if (kind === 'JPEG') {
    const frame = jpegFrame(head)
    if (frame?.coding === 'lossless') throw losslessJpeg(name)
    if (size && frame?.channels === CMYK) return openPixels(turn(await decodeCmykJpeg(name, await bytes(), size), orientation))
  }
  if (kind === 'WebP') {
    const file = await bytes()
    const turned = webpOrientation(file)
    // Browsers differ in whether they turn it: none does without its EXIF.
    if (turned !== 1) {
      await using stored = await openByBrowser({ name, blob: new Blob([withoutWebpExif(file)]) }, header, {})
      return openPixels(turn(await stored.read(), turned))
    }
  }
  if (kind === 'PNG' && isAnimatedPng(head)) {
    const still = pngStill(await bytes())
    return openByBrowser({ name, blob: withoutColor(new Blob([still]), still) }, header, options)
  }
  const frame = kind === 'GIF' && gifFrame(head)
  const stored: Encoded = { name, blob: withoutColor(blob, head) }
  return openByBrowser(
    stored,
    // Without its color profile a JPEG is plain, which is decoded three times as fast.
    kind === 'JPEG' && stored.blob !== blob ? await lookInto(stored) : header,
    options,
    frame ? (samples, of) => fillBackdrop(samples, of, frame) : undefined,
  )
}

/** Channels of a JPEG file. */
const CMYK = 4

function losslessJpeg(name: string): DinokitError {
  return new DinokitError('image-unsupported', `${name} is a lossless JPEG file, which browsers do not decode.`, {
    given: 'lossless coding',
    expected: 'baseline or progressive coding',
    hint: 'Save it as PNG.',
  })
}
