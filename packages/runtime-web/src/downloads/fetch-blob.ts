import { assertNotAborted, DinokitError, type FetchImageOptions } from '@dinokit/core'
import { chunksOf, retryPassing, watchStall } from '@dinokit/runtime-kit'
import { fetchOk } from './fetch-ok.ts'

/**
 * Fetches the whole of what is at an address; again where the server is busy.
 *
 * @throws DinokitError `file-not-found`, `download-failed`, `offline`, `aborted`
 */
export async function fetchBlob(url: URL, name: string, options: FetchImageOptions): Promise<Blob> {
  assertNotAborted(options.signal)
  return retryPassing(name, options.signal, () => fetchOnce(url, name, options))
}

async function fetchOnce(url: URL, name: string, { stallMs, signal }: FetchImageOptions): Promise<Blob> {
  const watch = watchStall(name, stallMs, signal)
  try {
    const response = await fetchOk(url, name, watch.signal)
    const chunks: Uint8Array<ArrayBuffer>[] = []
    for await (const chunk of chunksOf(response.body)) {
      watch.alive()
      chunks.push(chunk)
    }
    return new Blob(chunks, { type: response.headers.get('content-type') ?? '' })
  } catch (cause) {
    assertNotAborted(signal)
    const known = watch.error() ?? cause
    if (DinokitError.is(known)) throw known
    throw new DinokitError('download-failed', `${name} broke off.`, { given: String(cause), hint: 'Try again.', cause })
  } finally {
    watch.end()
  }
}
