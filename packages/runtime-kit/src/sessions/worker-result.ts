import { DinokitError, type DinokitErrorCode, type DinokitErrorDetails } from '@dinokit/core'

/** Result of a call in a worker: an error does not keep its code on the way from thread to thread. */
export interface WorkerResult<T> {
  readonly value?: T
  /** Where it failed. The message has what was expected and the hint in it already. */
  readonly failure?: { readonly code: DinokitErrorCode; readonly message: string; readonly details: DinokitErrorDetails }
}

/**
 * Does some work in a worker.
 *
 * @param work - whatever it throws becomes a failure
 */
export async function captureResult<T>(work: () => Promise<T>): Promise<WorkerResult<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!DinokitError.is(error)) return { failure: { code: 'internal', message: `Unexpected error: ${String(error)}`, details: {} } }
    const { code, message, details } = error
    return { failure: { code, message, details } }
  }
}

/**
 * The value of a call in a worker.
 *
 * @param outcome - that the worker sent
 * @throws DinokitError that the call failed with
 */
export function unwrapResult<T>({ value, failure }: WorkerResult<T>): T {
  if (!failure) return value as T
  throw Object.assign(new DinokitError(failure.code, failure.message), { details: failure.details })
}
