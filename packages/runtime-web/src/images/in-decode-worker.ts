import { unwrapResult, type WorkerResult } from '@dinokit/runtime-kit'
import type { Remote } from 'comlink'
import type { DecodeWorker } from './decode-worker.ts'
import { startWorker, type StartedWorker } from '../session/start-worker.ts'

let shared: StartedWorker<DecodeWorker> | undefined
let waiting = 0
let idle: ReturnType<typeof setTimeout> | undefined

/**
 * Asks the page's one decoding worker, which ends when nothing is left to do for a while.
 *
 * @param work - what it is asked; what is transferred to it changes hands
 * @throws DinokitError that the work failed with, `session-failed` where workers can't be started
 */
export async function inDecodeWorker<T>(work: (remote: Remote<DecodeWorker>) => Promise<WorkerResult<T>>): Promise<T> {
  const worker = (shared ??= startWorker<DecodeWorker>(
    () => new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module', name: 'dinokit-decoding' }),
  ))
  clearTimeout(idle)
  waiting++
  let outcome: WorkerResult<T>
  try {
    outcome = await worker.call(work)
  } catch (error) {
    // It died: the next image gets another worker.
    worker.end()
    if (shared === worker) shared = undefined
    throw error
  } finally {
    if (--waiting === 0) idle = setTimeout(endIdle, IDLE_MS)
  }
  return unwrapResult(outcome)
}

const IDLE_MS = 10_000

function endIdle(): void {
  shared?.end()
  shared = undefined
}
