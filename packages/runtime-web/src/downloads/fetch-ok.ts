import { assertNotAborted, DinokitError } from '@dinokit/core'
import { isPassing, passingFailure } from '@dinokit/runtime-kit'

/**
 * Fetches an address, and believes only a real answer.
 *
 * @throws DinokitError `file-not-found` for 404, `download-failed`, `offline`, `aborted`
 */
export async function fetchOk(url: URL | string, name: string, signal: AbortSignal | undefined, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { ...init, ...(signal && { signal }) })
  } catch (cause) {
    assertNotAborted(signal)
    throw unreachable(name, cause)
  }
  if (response.ok || response.status === 416) return response
  await response.body?.cancel()
  const { status, statusText } = response
  if (status === 404)
    throw new DinokitError('file-not-found', `There is no ${name}.`, { given: '404 Not Found', hint: 'Check the address.' })
  throw new DinokitError('download-failed', `${name}: the server answered ${status} ${statusText}.`, {
    given: `${status} ${statusText}`,
    expected: '200 OK',
    ...(isPassing(status) && { cause: passingFailure(response) }),
    ...((status === 401 || status === 403) && { hint: 'It may be gated, private or not there.' }),
  })
}

/** Whether the answer is a page, as servers and proxies send in place of what they have not. */
export function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/html') ?? false
}

function unreachable(name: string, cause: unknown): DinokitError {
  const given = String(cause)
  if (!navigator.onLine)
    return new DinokitError('offline', `${name} can’t be fetched without a network.`, { given, hint: 'Connect, and try again.', cause })
  return new DinokitError('download-failed', `${name} can’t be fetched.`, {
    given,
    hint: 'Check the address and the connection; a server of another origin must send Access-Control-Allow-Origin.',
    cause,
  })
}
