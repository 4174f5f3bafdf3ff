import { DinokitError } from '../dinokit-error.ts'

/**
 * @throws DinokitError `aborted` where the signal says so
 */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DinokitError('aborted', 'The work was cancelled.', { cause: signal.reason })
}
