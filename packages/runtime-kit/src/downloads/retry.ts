import { assertNotAborted, DinokitError } from '@dinokit/core'

/** Nobody waits longer for a server that is busy: it is said instead. */
const LONGEST_MS = 120_000
const ATTEMPTS = 4

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Name for messages. */
  readonly name: string
  /** Cancels the work, and the waiting in between. */
  readonly signal?: AbortSignal | undefined
  /** Most attempts in a row that may fail. Default 4. */
  readonly attempts?: number
  /**
   * Whether another attempt may succeed.
   *
   * @param cause - what the last one threw
   */
  mayPass(cause: unknown): boolean
  /** Whether the failed attempt got somewhere: it is not counted then. Default: none does. */
  advanced?(): Promise<boolean>
}

/**
 * Does what a network or a busy server may spoil, several times.
 *
 * @param options - which failures pass, and how many attempts there are
 * @param attempt - rejects where it failed
 * @throws DinokitError `download-failed` where the server asks for more than two minutes, `aborted`; and what the last attempt
 *   throws
 */
export async function retry<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { name, signal, attempts = ATTEMPTS } = options
  for (let failed = 1; ; failed++) {
    try {
      return await attempt()
    } catch (cause) {
      assertNotAborted(signal)
      if (!options.mayPass(cause)) throw cause
      if (await options.advanced?.()) failed = 0
      if (failed >= attempts) throw cause
      await pauseBefore(failed, cause, name, signal)
    }
  }
}

/**
 * Does what may meet a server that is busy, up to four times.
 *
 * @param name - of what is asked for, as a person knows it
 * @param signal - cancels the waiting in between
 * @param attempt - rejects with a `PassingFailure`, or with one as its cause, where it is worth another try
 * @throws DinokitError as {@link retry}
 */
export function retryPassing<T>(name: string, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  return retry({ name, signal, mayPass: comesOfPassing }, attempt)
}

function comesOfPassing(cause: unknown): boolean {
  return cause instanceof Error && (('passing' in cause && cause.passing === true) || comesOfPassing(cause.cause))
}

/** Waits before a request is made again: longer each time, and at least as long as the server asked. */
async function pauseBefore(attempt: number, cause: unknown, name: string, signal: AbortSignal | undefined): Promise<void> {
  const asked = waitOf(cause)
  if (asked > LONGEST_MS) {
    const minutes = Math.ceil(asked / 60_000)
    throw new DinokitError('download-failed', `${name} can’t be downloaded now: the server is busy.`, {
      given: cause instanceof Error ? cause.message : String(cause),
      hint: `It asks to wait ${minutes} minutes${/ 429\b/.test(String(cause)) ? '; an access token (HF_TOKEN) may allow more requests' : ''}.`,
      cause,
    })
  }
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.max(asked, 100 * 2 ** attempt))
    signal?.addEventListener('abort', end)
  })
  assertNotAborted(signal)
}

function waitOf(cause: unknown): number {
  if (!(cause instanceof Error)) return 0
  if ('waitMs' in cause && typeof cause.waitMs === 'number') return cause.waitMs
  return cause.cause === undefined ? 0 : waitOf(cause.cause)
}
