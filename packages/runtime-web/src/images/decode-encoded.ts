import { assertPixelCount, crop, DinokitError, type DecodeOptions, type Pixels } from '@dinokit/core'
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
  withoutWebpExif,
  type DecodedKind,
} from '@dinokit/decoders'
import { decodeByBrowser } from './decode-by-browser.ts'
import { lookInto } from './look-into.ts'
import type { Encoded } from './read-encoded.ts'

/** Formats that are decoded here. Browsers know more, each its own. */
const DECODED: readonly DecodedKind[] = ['JPEG', 'PNG', 'WebP', 'AVIF', 'GIF', 'BMP']

/**
 * Decodes an image file, in whichever thread it is called: with the browser where its pixels are those of Node, otherwise with a
 * decoder of our own, which is loaded then.
 *
 * @param encoded - the file
 * @param options - limit, the window that is enough
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `out-of-memory`, `session-failed` where a
 *   decoder can't be loaded
 */
export async function decodeEncoded(encoded: Encoded, options: DecodeOptions): Promise<Pixels> {
  const { pixelLimit, window } = options
  const { name, blob } = encoded
  const header = await lookInto(encoded)
  const { size, orientation, head } = header
  const kind = assertDecodable(name, head, DECODED)
  if (size) assertPixelCount(name, size, pixelLimit)
  const bytes = async (): Promise<Uint8Array<ArrayBuffer>> => (head.length === blob.size ? head : new Uint8Array(await blob.arrayBuffer()))
  const cut = (pixels: Pixels): Pixels => (window ? crop(pixels, window(pixels)) : pixels)
  if (kind === 'AVIF') return cut(await decodeAvif(name, await bytes(), pixelLimit))
  if (kind === 'JPEG') {
    const frame = jpegFrame(head)
    if (frame?.coding === 'lossless') throw losslessJpeg(name)
    if (size && frame?.channels === CMYK) return cut(turn(await decodeCmykJpeg(name, await bytes(), size), orientation))
  }
  if (kind === 'WebP') {
    const file = await bytes()
    const turned = webpOrientation(file)
    // Browsers differ in whether they turn it: none does without its EXIF.
    if (turned !== 1) return cut(turn(await decodeByBrowser({ name, blob: new Blob([withoutWebpExif(file)]) }, header, {}), turned))
  }
  if (kind === 'PNG' && isAnimatedPng(head)) return decodeByBrowser({ name, blob: new Blob([pngStill(await bytes())]) }, header, options)
  const frame = kind === 'GIF' && gifFrame(head)
  return decodeByBrowser(encoded, header, options, frame ? (samples, of) => fillBackdrop(samples, of, frame) : undefined)
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
