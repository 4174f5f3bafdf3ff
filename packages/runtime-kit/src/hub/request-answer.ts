import { describeAsset, DinokitError } from '@dinokit/core'
import type { AskOptions } from './hub-file.ts'
import type { HubReference } from './hub-reference.ts'
import { isPassing, passingFailure } from '../downloads/passing-failure.ts'
import { retry } from '../downloads/retry.ts'

/** The hub's answers about a file are short: it is not there when they take longer. */
const ANSWER_MS = 30_000

/** A request to a hub: its address, and what `fetch` takes. */
export interface HubRequest extends RequestInit {
  readonly url: string
}

/**
 * Makes a request and reads its answer, again where it may be another next time.
 *
 * @param reference - what is asked about
 * @param request - its address, and what `fetch` takes
 * @param options - cancellation, `fetch`
 * @param read - of the answer, whatever its status
 * @throws DinokitError `download-failed`, `aborted`
 */
export async function requestAnswer<T>(
  reference: HubReference,
  { url, ...init }: HubRequest,
  { signal, fetch: make = fetch }: AskOptions,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  let late = false
  try {
    return await retry({ name: describeAsset(reference), signal, mayPass: (cause) => !DinokitError.is(cause) && !late }, async () => {
      const timeout = AbortSignal.timeout(ANSWER_MS)
      try {
        const response = await make(url, { ...init, signal: signal ? AbortSignal.any([timeout, signal]) : timeout })
        if (!isPassing(response.status)) return await read(response)
        await response.body?.cancel()
        throw passingFailure(response)
      } finally {
        late = timeout.aborted
      }
    })
  } catch (cause) {
    throw DinokitError.is(cause) ? cause : unreachable(reference, url, cause)
  }
}

function unreachable(reference: HubReference, url: string, cause: unknown): DinokitError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const reason = inner instanceof Error ? inner.message || inner.name : String(inner)
  return new DinokitError('download-failed', `Can’t reach the hub for ${describeAsset(reference)}.`, {
    given: `${new URL(url).origin}: ${reason}`,
    hint: 'Check the connection and the hub’s address.',
    cause,
  })
}
