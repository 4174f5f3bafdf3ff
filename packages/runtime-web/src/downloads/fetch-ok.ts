import { assertNotAborted, DinokitError } from '@dinokit/core'
import { refusal } from '@dinokit/runtime-kit'

/**
 * Fetches an address, and believes only a real answer.
 *
 * @throws DinokitError `file-not-found` for 404, `download-failed`, `offline`, `aborted`
 */
export async function fetchOk(url: URL | string, name: string, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetchReached(url, signal ? { signal } : {}, name)
  if (response.ok) return response
  await response.body?.cancel()
  throw refusal(name, response)
}

/**
 * Fetches as `fetch` does, and says why a server can't be reached.
 *
 * @param input - the address
 * @param init - the request
 * @param name - of what is fetched, as a person knows it
 * @throws DinokitError `offline`, `download-failed`, `aborted`
 */
export async function fetchReached(input: RequestInfo | URL, init: RequestInit, name: string): Promise<Response> {
  try {
    return await fetch(input, init)
  } catch (cause) {
    assertNotAborted(init.signal ?? undefined)
    throw unreachable(name, cause)
  }
}

function unreachable(name: string, cause: unknown): DinokitError {
  const given = String(cause)
  if (!navigator.onLine)
    return new DinokitError('offline', `${name} can’t be fetched without a network.`, { given, hint: 'Connect, and try again.' })
  return new DinokitError('download-failed', `${name} can’t be fetched.`, {
    given,
    hint: 'Check the address and the connection; a server of another origin must send Access-Control-Allow-Origin.',
    cause,
  })
}
