import { assertNotAborted, DinokitError } from '@dinokit/core'

/** Nobody waits longer for a server that is busy: it is said instead. */
const LONGEST_MS = 120_000
const ATTEMPTS = 4

/** A failure after which the same request may succeed. */
export interface PassingFailure extends Error {
  readonly passing: true
  /** Milliseconds that the server asks to wait, where it says (`Retry-After`). */
  readonly waitMs?: number
}

/**
 * Whether an answer may be another when it is asked for again: the server is busy (408, 429), or has a fault of its own.
 *
 * @param status - of the answer
 */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505)
}

/**
 * An answer that may be another next time, as an error.
 *
 * @param response - whose body is not needed
 */
export function passingFailure(response: Pick<Response, 'status' | 'statusText' | 'headers'>): PassingFailure {
  const { status, statusText } = response
  const waitMs = retryAfter(response.headers.get('retry-after'))
  const failure = new Error(`the server answered ${status} ${statusText}`.trim())
  return Object.assign(failure, { passing: true as const }, waitMs !== undefined && { waitMs })
}

/**
 * Does what may meet a server that is busy, up to four times.
 *
 * @param name - of what is asked for, as a person knows it
 * @param signal - cancels the waiting in between
 * @param attempt - rejects with a {@link PassingFailure}, or with one as its cause, where it is worth another try
 * @throws DinokitError `download-failed` where the server asks for more than two minutes, `aborted`, and what the last attempt
 *   throws
 */
export async function retryPassing<T>(name: string, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await attempt()
    } catch (cause) {
      if (failed === ATTEMPTS || !comesOfPassing(cause)) throw cause
      await pauseBefore(failed, cause, name, signal)
    }
  }
}

function comesOfPassing(cause: unknown): boolean {
  return cause instanceof Error && (('passing' in cause && cause.passing === true) || comesOfPassing(cause.cause))
}

/**
 * Waits before a request is made again: longer each time, and at least as long as the server asked.
 *
 * @param attempt - how many failed so far
 * @param cause - the last failure
 * @param name - of what is asked for, as a person knows it
 * @param signal - cancels the waiting
 * @throws DinokitError `download-failed` where the server asks for more than two minutes, `aborted`
 */
export async function pauseBefore(attempt: number, cause: unknown, name: string, signal: AbortSignal | undefined): Promise<void> {
  const asked = waitOf(cause)
  if (asked > LONGEST_MS) {
    const minutes = Math.ceil(asked / 60_000)
    throw new DinokitError('download-failed', `${name} can’t be had now: the server is busy.`, {
      given: cause instanceof Error ? cause.message : String(cause),
      hint: `It asks to come again in ${minutes} minutes${/ 429\b/.test(String(cause)) ? '; an access token (HF_TOKEN) may allow more requests' : ''}.`,
      cause,
    })
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.max(asked, 100 * 2 ** attempt))
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
  assertNotAborted(signal)
}

function waitOf(cause: unknown): number {
  if (!(cause instanceof Error)) return 0
  if ('waitMs' in cause && typeof cause.waitMs === 'number') return cause.waitMs
  return cause.cause === undefined ? 0 : waitOf(cause.cause)
}

/** Seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
