// The worker that sessions live in: their runs block the thread that they are on, and ending it is the one way to give
// WebAssembly's memory back.
import { captureResult, type WorkerResult } from '@dinokit/runtime-kit'
import { expose, transfer } from 'comlink'
import { becomeThread, deviceOfThread, KERNEL_THREAD } from '../engine/engine-thread.ts'
import type { Feed, OrtOutputs } from '../engine/device-runs.ts'
import { createOrtSession, loadEngine, type OrtModel, type OrtSession, type OrtStart } from '../engine/ort-session.ts'
import { hearEngine } from '../engine/watch-engine.ts'

const sessions = new Map<number, OrtSession>()

/** A session in the worker, by its number there. */
export type RemoteSession = Pick<OrtSession, 'id' | 'engine' | 'inputs' | 'outputs'>

const worker = {
  hello: (): Promise<void> => Promise.resolve(),
  load: (start: OrtStart): Promise<void> => loadEngine(start),
  create: (model: OrtModel, start: OrtStart): Promise<WorkerResult<RemoteSession>> =>
    captureResult(async () => {
      const session = await createOrtSession(model, start)
      const { id, engine, inputs, outputs } = session
      sessions.set(id, session)
      return { id, engine, inputs, outputs }
    }),
  async run(id: number, feeds: Readonly<Record<string, Feed>>, keep: readonly string[]): Promise<WorkerResult<OrtOutputs>> {
    const outcome = await captureResult(() => sessions.get(id)!.run(feeds, keep))
    const outputs = Object.values(outcome.value?.outputs ?? {})
    return transfer(
      outcome,
      outputs.map(({ data }) => data.buffer as ArrayBuffer),
    )
  },
  release: (id: number): Promise<WorkerResult<void>> =>
    captureResult(async () => {
      await sessions.get(id)!.release()
      sessions.delete(id)
    }),
}

/** Interface of a worker of sessions. */
export type SessionWorker = typeof worker

const device = deviceOfThread(self.name)
if (self.name === KERNEL_THREAD)
  import('../kernels/thread-team.ts').then(({ becomeKernelThread }) => becomeKernelThread()).catch(reportError)
else if (device) becomeThread(device).catch(reportError)
else {
  hearEngine()
  expose(worker)
}
