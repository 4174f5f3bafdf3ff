import { DinokitError } from '@dinokit/core'
import { unwrapResult, type WorkerResult } from '@dinokit/runtime-kit'
import type { Remote } from 'comlink'
import type { DecodeWorker } from './decode-worker.ts'
import { startWorker, type StartedWorker } from '../session/start-worker.ts'

/** The one worker in which a runtime's images are decoded. Whoever made it closes it; twice is safe. */
export interface DecodeHost {
  /**
   * Asks the worker, which is started where there is none.
   *
   * @param work - what it is asked; what is transferred to it changes hands
   * @throws DinokitError that the work failed with, `session-failed` where workers can't be started, `disposed`
   */
  call<T>(work: (remote: Remote<DecodeWorker>) => Promise<WorkerResult<T>>): Promise<T>
  /** Ends the worker, after what it is at; what is asked of it later is refused. */
  close(): Promise<void>
}

/** Makes the place of a worker, which ends when nothing is left to do for a while. */
export function createDecodeHost(): DecodeHost {
  let started: StartedWorker<DecodeWorker> | undefined
  let idle: ReturnType<typeof setTimeout> | undefined
  let closing: Promise<void> | undefined
  const underWay = new Set<Promise<unknown>>()
  const end = (): void => {
    clearTimeout(idle)
    started?.end()
    started = undefined
  }
  return {
    async call(work) {
      if (closing) throw new DinokitError('disposed', 'The runtime was closed.', { hint: 'Make another, or close it later.' })
      const worker = (started ??= startWorker<DecodeWorker>(
        () => new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module', name: 'dinokit-decoding' }),
      ))
      clearTimeout(idle)
      const answer = worker.call(work)
      underWay.add(answer)
      try {
        return unwrapResult(
          await answer.catch((error: unknown) => {
            // It died: the next image gets another worker.
            worker.end()
            if (started === worker) started = undefined
            throw error
          }),
        )
      } finally {
        underWay.delete(answer)
        if (underWay.size === 0) idle = setTimeout(end, IDLE_MS)
      }
    },
    close: () => (closing ??= Promise.allSettled(underWay).then(end)),
  }
}

const IDLE_MS = 10_000
