import {
  assertNotAborted,
  assertPixelCount,
  assertPixels,
  DinokitError,
  isPixels,
  toRgb,
  type DecodeOptions,
  type Pixels,
  type Window,
} from '@dinokit/core'
import sharp, { type Metadata, type Sharp } from 'sharp'
import type { ImageSource } from './image-source.ts'
import { gifTransparentColour } from './lib/gif-transparent-colour.ts'
import { readEncoded } from './lib/read-encoded.ts'
import { cmykToRgb, highBytes } from './lib/colour.ts'

/**
 * Decodes a picture with sharp (libvips): JPEG, PNG, WebP, AVIF, GIF, TIFF. It does nothing but decode: EXIF orientation
 * is applied, the first frame taken, alpha dropped; colours stay as the file has them (no ICC conversion), CMYK becomes
 * RGB as in Pillow's `convert('RGB')`, and of 16 bits the upper 8 are kept.
 *
 * @param source - a path, URL, Buffer, Blob, stream, or pixels that are decoded already
 * @param options - limit, cancellation, the window that is enough
 * @throws DinokitError `file-not-found`, `file-unreadable`, `image-unreadable`, `image-unsupported`, `image-too-large`,
 *   `download-failed`, `aborted`
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions = {}): Promise<Pixels> {
  const { pixelLimit, signal, window } = options
  assertNotAborted(signal)
  if (isPixels(source)) {
    assertPixels(source, pixelLimit)
    return source
  }
  const { name, bytes } = await readEncoded(source, signal)
  const image = openImage(name, bytes)
  try {
    const metadata = await image.metadata()
    assertPixelCount(name, metadata, pixelLimit)
    assertNotAborted(signal)
    return metadata.format === 'gif' ? await decodeGif(image, bytes) : await decode(image, metadata, window?.(metadata.autoOrient))
  } catch (cause) {
    throw DinokitError.is(cause) ? cause : decodeError(name, bytes, cause)
  }
}

function openImage(name: string, bytes: Uint8Array): Sharp {
  if (bytes.length === 0) throw new DinokitError('image-unreadable', `${name} is empty.`, { given: '0 bytes', expected: 'an image file' })
  // libvips knows an AVIF file by its brand, and does not know the animated one's: its first frame is read like any other.
  if (isAvifSequence(bytes)) (bytes = new Uint8Array(bytes)).set(AVIF_BRAND, BRAND_OFFSET)
  return sharp(bytes, { limitInputPixels: false, failOn: 'error', ignoreIcc: true, pages: 1 })
}

const BRAND_OFFSET = 8
const AVIF_BRAND = new TextEncoder().encode('avif')

function isAvifSequence(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(4, 12)) === 'ftypavis'
}

async function decode(image: Sharp, { space, depth, autoOrient }: Metadata, window?: Window): Promise<Pixels> {
  const upright = image.autoOrient()
  // Every row is read, so that what is damaged further down is noticed.
  if (window) upright.extract({ left: window.left, top: 0, width: window.width, height: autoOrient.height })
  const cmyk = space === 'cmyk'
  const wide = depth === 'ushort' && (space === 'rgb16' || space === 'grey16')
  const raw = cmyk || wide ? upright.pipelineColourspace(space).toColourspace(space) : upright.toColourspace('srgb').removeAlpha()
  const { data, info } = await raw.raw(wide ? { depth: 'ushort' } : {}).toBuffer({ resolveWithObject: true })
  const samples = wide ? highBytes(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const all = { data: cmyk ? cmykToRgb(samples, info.channels) : toRgb(samples, info.channels), width: info.width, height: info.height }
  return window ? rowsOf(all, window) : all
}

function rowsOf({ data, width }: Pixels, { top, height }: Window): Pixels {
  return { data: data.subarray(top * width * 3, (top + height) * width * 3), width, height }
}

/** As any other, but where it is transparent it has its palette's colour, as in Pillow. */
async function decodeGif(image: Sharp, bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await image.ensureAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const [red, green, blue] = gifTransparentColour(bytes) ?? [0, 0, 0]
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] !== 0) continue
    data[i] = red
    data[i + 1] = green
    data[i + 2] = blue
  }
  return { data: toRgb(data, info.channels), width: info.width, height: info.height }
}

function decodeError(name: string, bytes: Uint8Array, cause: unknown): DinokitError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
  if (reason.includes('unsupported image format')) {
    return new DinokitError('image-unsupported', `${name} is not a picture that can be decoded here.`, {
      given: `${bytes.length} bytes that begin with ${JSON.stringify(new TextDecoder('latin1').decode(bytes.subarray(0, 8)))}`,
      expected: 'JPEG, PNG, WebP, AVIF, GIF or TIFF',
      cause,
    })
  }
  return new DinokitError('image-unreadable', `${name} is damaged: ${reason}.`, {
    given: `${bytes.length} bytes`,
    expected: 'a whole image file',
    hint: 'Save or fetch it again.',
    cause,
  })
}
