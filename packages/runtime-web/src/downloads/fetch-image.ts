import type { FetchImageOptions } from '@dinokit/core'
import type { ImageSource } from '../images/image-source.ts'
import { isRemote, readEncoded } from '../images/read-encoded.ts'

/**
 * Fetches the image file at an address.
 *
 * @param source - see `decodeImage`
 * @param options - how long it may be silent, cancellation
 * @returns it, as a file named by its address; undefined for a source that is not an address, and for `data:` and `blob:`
 * @throws DinokitError `file-not-found`, `download-failed`, `offline`, `image-unreadable`, `image-too-large`, `invalid-option`,
 *   `aborted`: by the promise
 */
export function fetchImage(source: ImageSource, options: FetchImageOptions = {}): Promise<File> | undefined {
  return isRemote(source) ? fetchFile(source, options) : undefined
}

async function fetchFile(source: string | URL, options: FetchImageOptions): Promise<File> {
  const { name, blob } = await readEncoded(source, options)
  return new File([blob], name)
}
