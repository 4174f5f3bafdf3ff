import { DinokitError, tensor, type AnyTensor } from '@dinokit/core'
import { Worker } from 'node:worker_threads'
import type { WorkerAnswer, WorkerCall, WorkerOutput, WorkerStart } from './worker-messages.ts'

/** A session on a thread of its own. */
export interface SessionThread {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Runs the graph once; runs take turns. */
  run(feeds: Readonly<Record<string, AnyTensor>>): Promise<Record<string, AnyTensor>>
  /** Frees the session and ends the thread. */
  release(): Promise<void>
}

interface Waiting {
  readonly resolve: (outputs: readonly WorkerOutput[]) => void
  readonly reject: (error: DinokitError) => void
}

/**
 * Starts a thread and makes a session on it.
 *
 * @throws DinokitError `session-failed` where the engine refuses the model
 */
export async function startSessionThread(start: WorkerStart): Promise<SessionThread> {
  // Without the flags of this process: loaders and debuggers of the main thread are not its business.
  const worker = new Worker(new URL('./session-worker.js', import.meta.url), { workerData: start, execArgv: [] })
  const waiting = new Map<number, Waiting>()
  let next = 0
  let onReleased: (() => void) | undefined
  const fail = (id: number, reason: string): void => {
    waiting.get(id)?.reject(runError(reason))
    settle(id)
  }
  // The thread keeps the process alive while it works, and only then.
  const settle = (id: number): void => {
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
  }
  const ready = await new Promise<Extract<WorkerAnswer, { kind: 'ready' }>>((resolve, reject) => {
    worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'ready') resolve(answer)
      else if (answer.kind === 'refused')
        reject(new DinokitError('session-failed', 'onnxruntime refused the model.', { given: answer.reason }))
      else if (answer.kind === 'failed') fail(answer.id, answer.reason)
      else if (answer.kind === 'released') onReleased?.()
      else {
        waiting.get(answer.id)?.resolve(answer.outputs)
        settle(answer.id)
      }
    })
    worker.on('error', (cause) => {
      reject(new DinokitError('session-failed', 'The engine’s thread died.', { given: String(cause), cause }))
      for (const id of [...waiting.keys()]) fail(id, String(cause))
    })
    worker.on('exit', () => {
      reject(new DinokitError('session-failed', 'The engine’s thread ended.'))
      for (const id of [...waiting.keys()]) fail(id, 'its thread ended')
      onReleased?.()
    })
  })
  worker.unref()
  return {
    inputs: ready.inputs,
    outputs: ready.outputs,
    async run(feeds) {
      const id = next++
      const outputs = await new Promise<readonly WorkerOutput[]>((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        worker.ref()
        worker.postMessage({ kind: 'run', id, feeds: Object.entries(feeds) } satisfies WorkerCall)
      })
      return Object.fromEntries(outputs.map(({ name, dtype, data, shape }) => [name, tensor(dtype, data as never, shape) as AnyTensor]))
    },
    release: () =>
      new Promise((resolve) => {
        onReleased = resolve
        worker.ref()
        worker.postMessage({ kind: 'release' } satisfies WorkerCall)
      }),
  }
}

function runError(reason: string): DinokitError {
  return new DinokitError('session-failed', 'onnxruntime could not run the model on these inputs.', { given: reason })
}
