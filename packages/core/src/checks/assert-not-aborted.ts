import { DinokitError } from '../contract/dinokit-error.ts'

/**
 * Ends work that was canceled.
 *
 * @param signal - of whoever may cancel it
 * @throws DinokitError `aborted` where the signal says so
 */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DinokitError('aborted', 'The work was canceled.', { cause: signal.reason })
}
