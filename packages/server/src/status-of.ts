import { DinokitError, type DinokitErrorCode } from '@dinokit/core'

/** HTTP statuses of what a client can do something about; all other codes are the server's own fault: 500. */
const STATUS: Partial<Record<DinokitErrorCode, number>> = {
  'invalid-option': 400,
  'size-invalid': 400,
  'output-unavailable': 400,
  'tensor-missing': 400,
  'image-unreadable': 422,
  'image-unsupported': 422,
  'image-too-large': 413,
  'head-unknown': 404,
  'not-allowed': 403,
  'file-not-found': 422,
  'download-failed': 422,
  'timed-out': 503,
  busy: 429,
  aborted: 499,
  disposed: 503,
  'out-of-memory': 503,
}

/** Error with the HTTP status that it has where that of its code is not it. */
export class StatusError extends DinokitError {
  /** HTTP status. */
  readonly status: number

  constructor(status: number, ...of: ConstructorParameters<typeof DinokitError>) {
    super(...of)
    this.status = status
  }
}

/** Error that asks a client to come again later. */
export class BusyError extends DinokitError {
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter: number

  constructor(message: string, retryAfter: number) {
    super('busy', message, { hint: `Try again in ${retryAfter} s.` })
    this.retryAfter = retryAfter
  }
}

/**
 * Returns the HTTP status of an error.
 *
 * @param error - anything that was thrown
 */
export function statusOf(error: unknown): number {
  if (error instanceof StatusError) return error.status
  return (DinokitError.is(error) ? STATUS[error.code] : undefined) ?? 500
}

/** Body of an answer that says what went wrong. */
export interface ErrorBody {
  readonly error: {
    /** Stable code of a DinokitError. */
    readonly code: DinokitErrorCode
    readonly message: string
    readonly given?: string
    readonly expected?: string
    readonly hint?: string
  }
  /** Id by which the server's log knows the request. */
  readonly requestId: string
}

/**
 * Makes the body of an answer. Of errors that are the server's own fault, a client is told the code alone: their messages may have paths.
 *
 * @param error - anything that was thrown
 * @param requestId - of the request
 */
export function errorBody(error: unknown, requestId: string): ErrorBody {
  if (DinokitError.is(error) && statusOf(error) !== 500)
    return { error: { code: error.code, message: error.message, ...error.details }, requestId }
  const code = DinokitError.is(error) ? error.code : 'internal'
  return { error: { code, message: 'The server failed.', hint: 'The server’s log has more, by the id of the request.' }, requestId }
}
