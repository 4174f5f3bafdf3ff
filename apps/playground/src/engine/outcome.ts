import { DinokitError, type DinokitErrorCode } from 'dinokit/browser'

/** Result of a call in the worker: an error does not keep its code on the way from thread to thread. */
export type Outcome<T> = { readonly value: T; readonly failure?: never } | { readonly failure: Failure; readonly value?: never }

/** An error as data. */
export interface Failure {
  readonly code: DinokitErrorCode
  readonly message: string
  readonly given?: string
}

/** An error of any kind as data. */
export function failureOf(error: unknown): Failure {
  if (DinokitError.is(error)) {
    const { code, message, details } = error
    return { code, message, ...(details.given !== undefined && { given: details.given }) }
  }
  if (error instanceof RangeError && /alloc|array length/i.test(error.message)) return { code: 'out-of-memory', message: error.message }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) }
}

/**
 * The value of a call.
 *
 * @throws DinokitError that the call failed with
 */
export function valueOf<T>({ value, failure }: Outcome<T>): T {
  if (!failure) return value
  throw new DinokitError(failure.code, failure.message, { ...(failure.given !== undefined && { given: failure.given }) })
}
