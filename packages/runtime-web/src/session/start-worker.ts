import { assertNotAborted, DinokitError } from '@dinokit/core'
import { createAbortGroup, watchSilence } from '@dinokit/runtime-kit'
import { releaseProxy, wrap, type Remote } from 'comlink'

/** A worker, and calls that fail when it dies. */
export interface StartedWorker<Api> {
  /** Calls the worker; rejected where it dies or the signal says so. */
  call<T>(work: (remote: Remote<Api>) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Ends the worker, and gives its memory back. */
  end(): void
}

/** Interface of every worker, which answers at once. */
interface Answering {
  hello(): Promise<void>
}

/** Seconds for a worker's file to come and run. */
const ANSWER_SECONDS = 30

/**
 * Starts a worker that serves an API by comlink, and takes charge of it.
 *
 * @param create - makes the worker
 * @param onDied - told when it could not be started, did not answer, or died
 * @param seconds - in which it must answer
 * @throws DinokitError `session-failed` where the browser refuses to make it
 */
export function startWorker<Api extends Answering>(
  create: () => Worker,
  onDied?: () => void,
  seconds = ANSWER_SECONDS,
): StartedWorker<Api> {
  const worker = created(create)
  const abortGroup = createAbortGroup()
  const die = (given: string, cause?: unknown): void => {
    silence.end()
    onDied?.()
    abortGroup.fail(diedError(given, cause))
  }
  const remote = wrap<Api>(worker)
  worker.addEventListener('error', (event) => {
    event.preventDefault()
    die(event.message || 'its file could not be loaded', event.error)
  })
  const silence = watchSilence(seconds, () => die(`no answer within ${seconds} s`))
  void (remote as Remote<Answering>).hello().then(() => silence.end())
  return {
    async call(work, signal) {
      assertNotAborted(signal)
      let stop = (): void => {}
      const aborted = new Promise<never>((_, reject) => {
        stop = () => reject(new DinokitError('aborted', 'The work was canceled.', { cause: signal?.reason }))
        signal?.addEventListener('abort', stop)
      })
      try {
        return await Promise.race([abortGroup.race(work(remote)), aborted])
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
    end() {
      silence.end()
      remote[releaseProxy]()
      worker.terminate()
    },
  }
}

function created(create: () => Worker): Worker {
  try {
    return create()
  } catch (cause) {
    throw diedError(String(cause), cause)
  }
}

function diedError(given: string, cause: unknown): DinokitError {
  return new DinokitError('session-failed', 'The worker could not be started, or died.', {
    given,
    hint: 'Serve the workers’ files and the .wasm files from the page’s own origin (its content-security-policy must allow worker-src and wasm-unsafe-eval); Vite and webpack emit them, for esbuild and Rollup see https://github.com/dinokit/dinokit/blob/main/docs/bundlers.md. { engine: { worker: false } } does without workers.',
    cause,
  })
}
