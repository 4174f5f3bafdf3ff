import {
  assertNotAborted,
  assertPixelCount,
  assertPixels,
  assertRegion,
  crop,
  DinokitError,
  isPixels,
  openPixels,
  toRgb,
  type DecodeOptions,
  type OpenImage,
  type Pixels,
  type Region,
  type Size,
} from '@dinokit/core'
import { assertDecodable, cmykToRgb, decodeAvif, fillBackdrop, gifFrame, storedRegion, turn, type DecodedKind } from '@dinokit/decoders'
import sharp, { type Metadata, type Sharp } from 'sharp'
import type { ImageSource } from './image-source.ts'
import { highBytes } from '../files/high-bytes.ts'
import { readEncoded } from './read-encoded.ts'

/** Formats that are decoded here. libvips knows more, which browsers decode in another way or not at all. */
const DECODED: readonly DecodedKind[] = ['JPEG', 'PNG', 'WebP', 'AVIF', 'GIF', 'TIFF']

/**
 * Opens an image file with sharp (libvips), AVIF by libavif: JPEG, PNG, WebP, AVIF, GIF, TIFF. It does nothing but decode:
 * EXIF orientation is applied, the first frame taken, alpha dropped; colors stay as the file has them (no ICC conversion),
 * CMYK becomes RGB as in Pillow's `convert('RGB')`, and of 16 bits the upper 8 are kept. Other samples (floating point, signed,
 * 32 bits) and color spaces (L*a*b*, raw) are refused by name. Every row of a region is decoded, so that what is damaged further
 * down is noticed.
 *
 * @param source - a path, URL, Buffer, Blob, stream, or pixels that are decoded already
 * @param options - limit, cancellation
 * @throws DinokitError `file-not-found`, `file-unreadable`, `image-unreadable`, `image-unsupported`, `image-too-large`,
 *   `download-failed`, `aborted`
 */
export async function openImage(source: ImageSource, options: DecodeOptions = {}): Promise<ReducibleImage> {
  const { pixelLimit, signal } = options
  assertNotAborted(signal)
  if (isPixels(source)) {
    assertPixels(source, pixelLimit)
    return openPixels(source)
  }
  const { name, bytes } = await readEncoded(source, options)
  if (bytes.length === 0) throw new DinokitError('image-unreadable', `${name} is empty.`, { given: '0 bytes', expected: 'an image file' })
  if (assertDecodable(name, bytes, DECODED) === 'AVIF') {
    const pixels = await decodeAvif(name, bytes, pixelLimit)
    assertNotAborted(signal)
    return openPixels(pixels)
  }
  const image = sharp(bytes, { limitInputPixels: false, failOn: 'error', ignoreIcc: true, pages: 1 })
  const trying = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      throw DinokitError.is(cause) ? cause : decodeError(name, bytes, cause)
    }
  }
  const metadata = await trying(() => image.metadata())
  assertSamples(name, metadata)
  assertPixelCount(name, metadata, pixelLimit)
  assertNotAborted(signal)
  const { width, height } = metadata.autoOrient
  const close = async (): Promise<void> => void image.destroy()
  return {
    size: { width, height },
    async read(region) {
      if (region) assertRegion(region, { width, height })
      if (metadata.format !== 'gif') return trying(() => decode(image.clone(), metadata, region))
      const pixels = await trying(() => decodeGif(image.clone(), bytes))
      return region ? crop(pixels, region) : pixels
    },
    ...(metadata.format !== 'gif' && {
      readPart: (region: Region) => {
        assertRegion(region, { width, height })
        return trying(() => decodePart(image.clone(), metadata, region))
      },
    }),
    ...(metadata.format === 'jpeg' && { readReduced: (size: Size) => trying(() => decodeReduced(image.clone(), metadata, size)) }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Image that may be decoded at a smaller scale. */
export interface ReducibleImage extends OpenImage {
  /**
   * Decodes all of a JPEG file at a smaller scale, and resizes it in libvips, with a bicubic filter.
   *
   * @param size - of the result
   * @returns undefined where the image is not four times as large, or in CMYK
   */
  readonly readReduced?: (size: Size) => Promise<Pixels | undefined>
}

/**
 * Decodes the whole of an image.
 *
 * @param source - see {@link openImage}
 * @param options - limit, cancellation
 * @throws DinokitError those of {@link openImage}
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions = {}): Promise<Pixels> {
  await using image = await openImage(source, options)
  return await image.read()
}

/** Names in libvips for the samples and color spaces that are read. */
const DEPTHS = ['uchar', 'ushort']
const SPACES = ['srgb', 'b-w', 'rgb16', 'grey16', 'cmyk']

/** Refuses what a look at the header let pass: libvips would clip it to 0 to 255. */
function assertSamples(name: string, { format, space, depth }: Metadata): void {
  if (DEPTHS.includes(depth) && SPACES.includes(space)) return
  throw new DinokitError('image-unsupported', `${name} has unsupported samples: ${depth}, ${space}.`, {
    given: `${format}, ${depth}, ${space}`,
    expected: 'unsigned samples of 8 or 16 bits: gray, RGB or CMYK',
    hint: 'Convert it to RGB of 8 or 16 bits first.',
  })
}

async function decode(image: Sharp, metadata: Metadata, region?: Region): Promise<Pixels> {
  const upright = image.autoOrient()
  if (region) upright.extract({ left: region.left, top: 0, width: region.width, height: metadata.autoOrient.height })
  const all = await samplesOf(upright, metadata)
  return region ? rowsOf(all, region) : all
}

/** Decodes a region and, of what is stored, no more than lies above it, a few rows at a time; turned after that. */
async function decodePart(image: Sharp, metadata: Metadata, region: Region): Promise<Pixels> {
  const { orientation = 1 } = metadata
  return turn(await samplesOf(image.extract(storedRegion(region, orientation, metadata)), metadata), orientation)
}

async function samplesOf(upright: Sharp, { space, depth }: Metadata): Promise<Pixels> {
  const cmyk = space === 'cmyk'
  const wide = depth === 'ushort'
  const raw = cmyk || wide ? upright.pipelineColourspace(space).toColourspace(space) : upright.toColourspace('srgb').removeAlpha()
  const { data, info } = await raw.raw(wide ? { depth: 'ushort' } : {}).toBuffer({ resolveWithObject: true })
  const samples = wide ? highBytes(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { data: cmyk ? cmykToRgb(samples, info.channels) : toRgb(samples, info.channels), width: info.width, height: info.height }
}

/** Smallest ratio of sides at which a JPEG is decoded at a smaller scale: twice the result's is left for the resize. */
const REDUCED = 4

async function decodeReduced(image: Sharp, { space, autoOrient }: Metadata, { width, height }: Size): Promise<Pixels | undefined> {
  if (space === 'cmyk' || Math.min(autoOrient.width / width, autoOrient.height / height) < REDUCED) return undefined
  const resized = image.autoOrient().resize({ width, height, fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
  const { data, info } = await resized.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { data: toRgb(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info.channels), width, height }
}

function rowsOf({ data, width }: Pixels, { top, height }: Region): Pixels {
  return { data: data.subarray(top * width * 3, (top + height) * width * 3), width, height }
}

/** Decodes like any other, but where it is transparent it has its palette's color, as in Pillow. */
async function decodeGif(image: Sharp, bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await image.ensureAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const frame = gifFrame(bytes)
  if (frame) fillBackdrop(data, info, frame)
  return { data: toRgb(data, info.channels), width: info.width, height: info.height }
}

function decodeError(name: string, bytes: Uint8Array, cause: unknown): DinokitError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
  return new DinokitError('image-unreadable', `${name} is damaged: ${reason}.`, {
    given: `${bytes.length} bytes`,
    expected: 'a whole image file',
    hint: 'Save or fetch it again.',
    cause,
  })
}
