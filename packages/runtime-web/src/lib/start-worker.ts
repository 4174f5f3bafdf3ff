import { assertNotAborted, createLifeline, DinokitError } from '@dinokit/core'
import { releaseProxy, wrap, type Remote } from 'comlink'

/** A worker, and calls that fail when it dies. */
export interface StartedWorker<Api> {
  /** Calls the worker; rejected where it dies or the signal says so. */
  call<T>(work: (remote: Remote<Api>) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Ends the worker, and gives its memory back. */
  end(): void
}

/**
 * Takes charge of a worker that serves an API by comlink.
 *
 * @param worker - just started
 * @param onDied - told when it could not be started, or died
 */
export function startWorker<Api>(worker: Worker, onDied?: () => void): StartedWorker<Api> {
  const remote = wrap<Api>(worker)
  const lifeline = createLifeline()
  worker.addEventListener('error', (event) => {
    event.preventDefault()
    onDied?.()
    lifeline.cut(
      new DinokitError('session-failed', 'The worker could not be started, or died.', {
        given: event.message || 'no reason given',
        hint: 'Serve the worker’s file and the .wasm files from the page’s own origin (its content-security-policy must allow worker-src and wasm-unsafe-eval), or use { engine: { worker: false } }.',
        cause: event.error,
      }),
    )
  })
  return {
    async call(work, signal) {
      assertNotAborted(signal)
      let stop = (): void => {}
      const aborted = new Promise<never>((_, reject) => {
        stop = () => reject(new DinokitError('aborted', 'The work was cancelled.', { cause: signal?.reason }))
        signal?.addEventListener('abort', stop)
      })
      try {
        return await Promise.race([lifeline.hold(work(remote)), aborted])
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
    end() {
      remote[releaseProxy]()
      worker.terminate()
    },
  }
}
