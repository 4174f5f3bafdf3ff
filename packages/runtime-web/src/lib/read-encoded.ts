import { assertNotAborted, DinokitError, type Pixels } from '@dinokit/core'
import type { ImageSource } from '../image-source.ts'
import { fetchOk } from './fetch-ok.ts'
import { baseAddress } from './base-address.ts'

/** An image file. */
export interface Encoded {
  /** What a person knows it by. */
  readonly name: string
  readonly blob: Blob
}

/** A source that is an image file. */
export type EncodedSource = Exclude<ImageSource, Pixels | ImageData | HTMLElement | OffscreenCanvas | VideoFrame | ImageBitmap>

/** Longest image file that is read. */
const LONGEST = 512 * 1024 * 1024

/**
 * Brings an image file to hand, with a bound.
 *
 * @throws DinokitError `file-not-found`, `download-failed`, `image-unreadable`, `image-too-large`, `invalid-option`, `aborted`
 */
export async function readEncoded(source: EncodedSource, signal: AbortSignal | undefined): Promise<Encoded> {
  const encoded = await open(source, signal)
  const { name, blob } = encoded
  if (blob.size === 0) throw new DinokitError('image-unreadable', `${name} is empty.`, { given: '0 bytes', expected: 'an image file' })
  if (blob.size <= LONGEST) return encoded
  throw new DinokitError('image-too-large', `${name} has ${blob.size} bytes.`, { expected: `an image file of at most ${LONGEST} bytes` })
}

async function open(source: EncodedSource, signal: AbortSignal | undefined): Promise<Encoded> {
  if (source instanceof Blob) return { name: source instanceof File ? source.name : 'The picture', blob: source }
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return { name: 'The picture', blob: new Blob([source as BlobPart]) }
  if (typeof source === 'string' || source instanceof URL) {
    const url = new URL(source, baseAddress())
    const name = url.protocol === 'data:' || url.protocol === 'blob:' ? 'The picture' : url.href
    const response = await fetchOk(url, name, signal)
    try {
      return { name, blob: await response.blob() }
    } catch (cause) {
      assertNotAborted(signal)
      throw new DinokitError('download-failed', `${name} broke off.`, { given: String(cause), hint: 'Try again.', cause })
    }
  }
  throw new DinokitError('invalid-option', `A picture can’t be read from ${source === null ? 'null' : typeof source}.`, {
    given: String(source),
    expected:
      'a File, address, ArrayBuffer, image, video or canvas element, VideoFrame, ImageBitmap, ImageData, or { data, width, height }',
  })
}
