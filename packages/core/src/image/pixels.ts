import { DinokitError } from '../contract/dinokit-error.ts'
import type { Size } from './size.ts'

/** A decoded image: 8-bit RGB, row-major [height][width][3], upright, in the file's own color values. */
export interface Pixels {
  /** [height][width][3], 0-255; of another number of channels where `channels` says so. */
  readonly data: Uint8Array
  /** Width in pixels. */
  readonly width: number
  /** Height in pixels. */
  readonly height: number
  /** Number of channels, for a model that takes another number than three (the card's `architecture.channels`). Default 3. */
  readonly channels?: number
  /** The same values before they were rounded to `data`, where the card's `resampler` is `torchvision-unrounded`. */
  readonly unrounded?: Float32Array
}

/** Images of more pixels than this are refused unless a limit is given. */
export const PIXEL_LIMIT = 100_000_000

/**
 * Whether a source is an image that is decoded already.
 *
 * @param source - anything a runtime may be handed
 */
export function isPixels(source: unknown): source is Pixels {
  return typeof source === 'object' && source !== null && 'width' in source && 'height' in source && 'data' in source
}

/**
 * Refuses pixels whose sides and elements do not fit, and those beyond a limit.
 *
 * @param pixels - to check
 * @param pixelLimit - most pixels allowed
 * @param wanted - number of channels that they must have
 * @throws DinokitError `image-unreadable`, `image-too-large`
 */
export function assertPixels({ data, width, height, channels = 3 }: Pixels, pixelLimit: number = PIXEL_LIMIT, wanted = 3): void {
  const whole = [width, height].every((side) => Number.isInteger(side) && side > 0)
  if (!whole || channels !== wanted || !(data instanceof Uint8Array) || data.length !== width * height * wanted) {
    const given = data instanceof Uint8Array ? `${data.length} elements of ${channels} channels` : 'data of another kind'
    throw new DinokitError('image-unreadable', `Pixels of ${width}x${height} have ${given}.`, {
      given,
      expected: `a Uint8Array of height * width * ${wanted}${wanted === 3 ? ': RGB' : ''}, row by row`,
    })
  }
  assertPixelCount('The image', { width, height }, pixelLimit)
}

/**
 * Refuses an image of too many pixels.
 *
 * @param name - what a person knows it by
 * @param size - of the image
 * @param pixelLimit - most pixels allowed
 * @throws DinokitError `image-too-large`
 */
export function assertPixelCount(name: string, { width, height }: Size, pixelLimit: number = PIXEL_LIMIT): void {
  if (width * height <= pixelLimit) return
  throw new DinokitError('image-too-large', `${name} has ${width}x${height} pixels.`, {
    given: `${width * height} pixels`,
    expected: `at most ${pixelLimit}`,
    hint: 'Raise the pixel limit where you trust the image.',
  })
}

/**
 * Makes an image of three channels of another's values, and of those before rounding where it has them.
 *
 * @param pixels - the image
 * @param size - of the result
 * @param fill - puts the image's values where they belong in the result, which is 0
 */
export function arrangePixels(
  { data, unrounded }: Pixels,
  { width, height }: Size,
  fill: (result: Uint8Array | Float32Array, values: Uint8Array | Float32Array) => void,
): Pixels {
  const result = { data: new Uint8Array(width * height * 3), width, height }
  fill(result.data, data)
  if (!unrounded) return result
  const floats = new Float32Array(result.data.length)
  fill(floats, unrounded)
  return { ...result, unrounded: floats }
}

/**
 * Makes three channels of what a decoder gave: gray is repeated, alpha dropped.
 *
 * @param samples - [pixels][channels]
 * @param channels - 1 (gray), 2 (gray, alpha), 3 or 4 (RGB, alpha)
 * @returns [pixels][3]; `samples` itself where it has three channels
 */
export function toRgb(samples: Uint8Array | Uint8ClampedArray, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
  if (channels === 4 && samples.byteOffset % 4 === 0)
    return wordsToRgb(new Int32Array(samples.buffer, samples.byteOffset, samples.length / 4))
  const pixels = samples.length / channels
  const rgb = new Uint8Array(pixels * 3)
  const green = channels < 3 ? 0 : 1
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += channels, to += 3) {
    rgb[to] = samples[from]!
    rgb[to + 1] = samples[from + green]!
    rgb[to + 2] = samples[from + 2 * green]!
  }
  return rgb
}

/** Four pixels of four bytes at a time become three words: several times faster than byte by byte. Little-endian, as all engines are. */
function wordsToRgb(rgba: Int32Array): Uint8Array {
  const words = new Int32Array(Math.ceil((rgba.length * 3) / 4))
  let to = 0
  // What lies beyond the end reads as undefined, which the operators take for 0.
  for (let from = 0; from < rgba.length; from += 4) {
    const b = rgba[from + 1]!
    const c = rgba[from + 2]!
    words[to++] = (rgba[from]! & 0xffffff) | (b << 24)
    words[to++] = ((b >>> 8) & 0xffff) | (c << 16)
    words[to++] = ((c >>> 16) & 0xff) | (rgba[from + 3]! << 8)
  }
  return new Uint8Array(words.buffer, 0, rgba.length * 3)
}
