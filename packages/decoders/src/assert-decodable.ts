import { DinokitError, type DinokitErrorDetails } from '@dinokit/core'
import { fileKind, type DecodedKind, type FileKind } from './file-kind.ts'
import { gifFrame } from './gif-frame.ts'
import { jpegFrame } from './jpeg-frame.ts'
import { tiffDirectory } from './lib/tiff-directory.ts'

/**
 * Refuses, by name, an image file that a runtime does not decode, and one of a kind whose samples are no colors of 8 or 16 bits
 * without sign: decoders make black or wrong images of them without a word.
 *
 * @param name - what a person knows the file by
 * @param bytes - the file's first bytes, or all
 * @param decoded - the kinds that the runtime decodes
 * @returns the file's kind
 * @throws DinokitError `image-unsupported`
 */
export function assertDecodable(name: string, bytes: Uint8Array, decoded: readonly DecodedKind[]): DecodedKind {
  const kind = fileKind(bytes)
  if (!isOneOf(decoded, kind)) throw unknown(name, bytes, kind, decoded)
  if (kind === 'TIFF') assertTiff(name, bytes)
  if (kind === 'JPEG') assertJpeg(name, bytes)
  const frame = kind === 'GIF' && gifFrame(bytes)
  if (frame && !frame.backdrop)
    throw refusal(name, 'is a GIF file without a palette', { given: 'no palette', expected: 'a palette', hint: 'Save it as PNG.' })
  return kind
}

function isOneOf(decoded: readonly DecodedKind[], kind: FileKind | undefined): kind is DecodedKind {
  return (decoded as readonly unknown[]).includes(kind)
}

function unknown(name: string, bytes: Uint8Array, kind: FileKind | undefined, decoded: readonly DecodedKind[]): DinokitError {
  const expected = decoded.join(', ')
  if (kind === undefined) {
    const first = JSON.stringify(new TextDecoder('latin1').decode(bytes.subarray(0, 8)))
    return refusal(name, 'is not an image that can be decoded here', { given: `bytes that begin with ${first}`, expected })
  }
  const hint = kind.includes('video') ? 'Take a frame of it, and save that as PNG.' : 'Save it as PNG or JPEG.'
  return refusal(name, `is ${kind}, which is not decoded here`, { given: kind, expected, hint })
}

function refusal(name: string, what: string, details: Pick<DinokitErrorDetails, 'given' | 'expected' | 'hint'>): DinokitError {
  return new DinokitError('image-unsupported', `${name} ${what}.`, details)
}

function assertJpeg(name: string, bytes: Uint8Array): void {
  const frame = jpegFrame(bytes)
  if (!frame || (frame.coding !== 'hierarchical' && frame.bits === 8)) return
  const given = frame.bits === 8 ? `${frame.coding} coding` : `${frame.bits} bits a sample`
  throw refusal(name, `is a JPEG file of a rare kind: ${given}`, {
    given,
    expected: '8 bits a sample, baseline or progressive',
    hint: 'Save it as PNG.',
  })
}

// Tags of TIFF 6.0 that tell what samples are.
const BITS = 258
const COMPRESSION = 259
const PHOTOMETRIC = 262
const CHANNELS = 277
const FORMAT = 339
const JPEG_COMPRESSION = 7
const YCBCR = 6

const FORMATS: Readonly<Record<number, string>> = {
  2: 'signed whole numbers',
  3: 'floating point numbers',
  5: 'complex whole numbers',
  6: 'complex numbers',
}

/** Channels of each color space that is read; more are alpha, or are left out. */
const SPACES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, [YCBCR]: 3 }
const OTHER_SPACES: Readonly<Record<number, string>> = {
  4: 'a mask',
  8: 'CIE L*a*b*',
  9: 'ICC L*a*b*',
  10: 'ITU L*a*b*',
  32803: 'a camera’s raw samples',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'a camera’s raw samples',
}

function assertTiff(name: string, bytes: Uint8Array): void {
  const tags = tiffDirectory(bytes)
  if (!tags) return
  const bits = tags.get(BITS) ?? [1]
  const [format] = tags.get(FORMAT) ?? [1]
  const [space = 1] = tags.get(PHOTOMETRIC) ?? []
  const [channels = 1] = tags.get(CHANNELS) ?? []
  const numbers = FORMATS[format!]
  const expected = 'unsigned samples of 1, 2, 4, 8 or 16 bits: gray, palette, RGB or CMYK'
  const hint = 'Scale it to 8 or 16 bits first: which values are black and white, only you can know.'
  if (numbers) throw refusal(name, `is a TIFF file of ${numbers}`, { given: `${numbers} of ${bits[0]!} bits`, expected, hint })
  const widths = [...new Set(bits)].join(', ')
  if (![1, 2, 4, 8, 16].includes(bits[0]!) || widths.includes(','))
    throw refusal(name, `is a TIFF file of ${widths} bits a sample`, { given: `${widths} bits`, expected, hint })
  const wanted = SPACES[space]
  const convert = 'Convert it to RGB first.'
  if (wanted === undefined) {
    const called = OTHER_SPACES[space] ?? `the unknown color space ${space}`
    throw refusal(name, `is a TIFF file of ${called}`, { given: called, expected, hint: convert })
  }
  if (space === YCBCR && tags.get(COMPRESSION)?.[0] !== JPEG_COMPRESSION)
    throw refusal(name, 'is a TIFF file of YCbCr without JPEG compression', { given: 'YCbCr', expected, hint: convert })
  if (channels < wanted || (wanted === 1 && channels > 2))
    throw refusal(name, `is a TIFF file of ${channels} channels that are no color`, {
      given: `${channels} channels`,
      expected,
      hint: convert,
    })
}
