import type { FetchImageOptions } from '@dinokit/core'
import type { ImageSource, NamedBytes } from './image-source.ts'
import { fetchBytes, isRemote } from '../downloads/fetch-bytes.ts'

/**
 * Fetches the image file at an address.
 *
 * @param source - see `decodeImage`
 * @param options - how long it may be silent, cancellation
 * @returns its bytes and address; undefined for a source that is no `http:` or `https:` address
 * @throws DinokitError `file-not-found`, `download-failed`, `image-too-large`, `invalid-option`, `aborted`: by the promise
 */
export function fetchImage(source: ImageSource, options: FetchImageOptions = {}): Promise<NamedBytes> | undefined {
  return isRemote(source) ? fetchBytes(source, options) : undefined
}
