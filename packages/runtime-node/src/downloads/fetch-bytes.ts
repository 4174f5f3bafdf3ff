import { assertNotAborted, DinokitError, type FetchImageOptions } from '@dinokit/core'
import { chunksOf, parseAddress, refusal, retryPassing, watchStall } from '@dinokit/runtime-kit'
import type { ImageSource, NamedBytes } from '../images/image-source.ts'
import { collect } from './collect.ts'
import { fetchByProxy } from './fetch-by-proxy.ts'

/** Whether a source comes by a network. */
export function isRemote(source: ImageSource): source is string | URL {
  return typeof source === 'string' ? /^https?:/i.test(source) : source instanceof URL && /^https?:$/.test(source.protocol)
}

/**
 * Fetches what is at an address, `data:` included; again where the server is busy.
 *
 * @throws DinokitError `file-not-found`, `download-failed`, `image-too-large`, `invalid-option`, `aborted`
 */
export async function fetchBytes(address: string | URL, options: FetchImageOptions): Promise<NamedBytes> {
  assertNotAborted(options.signal)
  const url = parseAddress(address)
  const name = url.protocol === 'data:' ? 'The image' : url.href
  return retryPassing(name, options.signal, () => fetchOnce(url, name, options))
}

async function fetchOnce(url: URL, name: string, { stallMs, signal }: FetchImageOptions): Promise<NamedBytes> {
  const watch = watchStall(name, stallMs, signal)
  try {
    const response = await fetchByProxy(url, { signal: watch.signal })
    watch.alive()
    if (!response.ok) {
      await response.body?.cancel()
      throw refusal(name, response)
    }
    return await collect(name, chunksOf(response.body), signal, () => watch.alive())
  } catch (cause) {
    assertNotAborted(signal)
    const known = watch.error() ?? cause
    if (DinokitError.is(known)) throw known
    throw new DinokitError('download-failed', `${name} can’t be fetched.`, {
      given: String(cause instanceof Error ? (cause.cause ?? cause) : cause),
      hint: 'Check the address and the connection.',
      cause,
    })
  } finally {
    watch.end()
  }
}
