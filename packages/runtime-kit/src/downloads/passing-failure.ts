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

/** Seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
