import type { BareSession } from '@dinokit/core'
import { transfer } from 'comlink'
import type { OrtModel, OrtStart } from './ort-session.ts'
import { valueOf } from './outcome.ts'
import type { SessionWorker } from './session-worker.ts'
import { startWorker } from './start-worker.ts'

/**
 * Starts a worker and makes a session in it.
 *
 * @param model - its weights change hands and are empty here afterwards
 * @param start - how the engine is to work
 * @param signal - ends the worker while the session is being made
 * @throws DinokitError `session-failed`, `out-of-memory`, `aborted`
 */
export async function startSessionWorker(model: OrtModel, start: OrtStart, signal?: AbortSignal): Promise<BareSession> {
  const worker = startWorker<SessionWorker>(
    new Worker(new URL('./session-worker.ts', import.meta.url), { type: 'module', name: 'dinokit session' }),
  )
  try {
    const buffers = model.weights ? [model.weights.data.buffer as ArrayBuffer] : []
    const about = valueOf(await worker.call((remote) => remote.create(transfer(model, buffers), start), signal))
    return {
      ...about,
      run: async (feeds) => valueOf(await worker.call((remote) => remote.run(feeds))),
      release: async () => worker.end(),
    }
  } catch (error) {
    worker.end()
    throw error
  }
}
