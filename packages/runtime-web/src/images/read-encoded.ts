import { DinokitError, type FetchImageOptions, type Pixels } from '@dinokit/core'
import { parseAddress } from '@dinokit/runtime-kit'
import type { ImageSource } from './image-source.ts'
import { fetchBlob } from '../downloads/fetch-blob.ts'
import { baseAddress } from '../downloads/base-address.ts'

/** An image file. */
export interface Encoded {
  /** Name for messages. */
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
export async function readEncoded(source: EncodedSource, options: FetchImageOptions = {}): Promise<Encoded> {
  const encoded = await open(source, options)
  const { name, blob } = encoded
  if (blob.size === 0) throw new DinokitError('image-unreadable', `${name} is empty.`, { given: '0 bytes', expected: 'an image file' })
  if (blob.size <= LONGEST) return encoded
  throw new DinokitError('image-too-large', `${name} has ${blob.size} bytes.`, { expected: `an image file of at most ${LONGEST} bytes` })
}

async function open(source: EncodedSource, options: FetchImageOptions): Promise<Encoded> {
  if (source instanceof Blob) return { name: source instanceof File ? source.name : 'The image', blob: source }
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return { name: 'The image', blob: new Blob([source as BlobPart]) }
  if (typeof source === 'string' || source instanceof URL) {
    const url = parseAddress(source, baseAddress())
    const name = isAtHand(url) ? 'The image' : url.href
    return { name, blob: await fetchBlob(url, name, options) }
  }
  throw new DinokitError('invalid-option', `An image can’t be read from ${source === null ? 'null' : typeof source}.`, {
    given: source === null ? 'null' : typeof source,
    expected:
      'a File, address, ArrayBuffer, image, video or canvas element, VideoFrame, ImageBitmap, ImageData, or { data, width, height }',
  })
}

/** Whether an address is of what the page has already. */
function isAtHand({ protocol }: URL): boolean {
  return protocol === 'data:' || protocol === 'blob:'
}

/** Whether a source comes by a network. */
export function isRemote(source: ImageSource): source is string | URL {
  if (typeof source !== 'string' && !(source instanceof URL)) return false
  return !/^(data|blob):/i.test(String(source))
}
