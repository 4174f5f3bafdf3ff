import { DinokitError, type DinokitErrorCode, type DinokitErrorDetails } from '@dinokit/core'

/** What became of a call in the worker: an error does not keep its code on the way from thread to thread. */
export interface Outcome<T> {
  readonly value?: T
  readonly failure?: { readonly code: DinokitErrorCode; readonly message: string; readonly details: DinokitErrorDetails }
}

/** Does some work in the worker. */
export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!DinokitError.is(error))
      return { failure: { code: 'internal', message: `Something unforeseen went wrong: ${String(error)}`, details: {} } }
    const { code, message, details } = error
    return { failure: { code, message, details } }
  }
}

/**
 * The value of a call in the worker.
 *
 * @throws DinokitError that the call failed with
 */
export function valueOf<T>({ value, failure }: Outcome<T>): T {
  if (!failure) return value as T
  const { code, message, details } = failure
  // The message has what was expected and the hint in it already.
  throw new DinokitError(code, message, { ...(details.given !== undefined && { given: details.given }) })
}
