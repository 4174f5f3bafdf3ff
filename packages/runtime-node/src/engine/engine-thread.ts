import { SHARE_ENV, Worker } from 'node:worker_threads'
import { watchEngineCalls } from './engine-calls.ts'
import type { EnginePort } from './engine-port.ts'
import { ownFile } from '../files/own-file.ts'
import type { WorkerAnswer, WorkerCall } from './worker-messages.ts'

/**
 * Starts a thread for one session of the engine.
 *
 * @throws DinokitError `bundled`
 */
export function startEngineThread(): EnginePort {
  ownFile(() => new URL('./session-worker.js', import.meta.url))
  const { state, forget } = watchEngineCalls()
  // As bundlers that do emit workers know it.
  const worker = new Worker(new URL('./session-worker.js', import.meta.url), {
    // Without the flags of this process: loaders and debuggers of the main thread are not its business.
    execArgv: [],
    // What it sets the engine sees, even where this module's own process.env is a copy.
    env: SHARE_ENV,
  })
  // Not as workerData, which Next.js wraps.
  worker.postMessage({ kind: 'share', state } satisfies WorkerCall)
  worker.on('exit', forget)
  return {
    send: (call: WorkerCall) => worker.postMessage(call),
    onAnswer: (listener) => void worker.on('message', (answer: WorkerAnswer) => listener(answer)),
    onEnd: (listener) => {
      worker.on('error', (cause) => listener(String(cause)))
      worker.on('exit', () => listener('its thread ended'))
    },
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  }
}
