import { assertNotAborted, DinokitError, tensor, type AnyTensor } from '@dinokit/core'
import type { EngineSession } from '@dinokit/runtime-kit'
import type { EnginePort } from './engine-port.ts'
import type { SessionStart, WorkerAnswer, WorkerOutput } from './worker-messages.ts'

/** Errors of a session, by what the engine says. */
export interface EngineErrors {
  /** It does not take the model. */
  refused(reason: string): DinokitError
  /** It stopped before the session was there. */
  stopped(reason: string): DinokitError
  /** A run failed. */
  failed(reason: string): DinokitError
  /** It ended during or before a run. */
  ended(reason: string): DinokitError
}

/** Errors of a session on the processor. */
const ENGINE_ERRORS: EngineErrors = {
  refused: (given) => new DinokitError('session-failed', 'onnxruntime can’t load the model.', { given }),
  stopped: (given) => new DinokitError('session-failed', 'The engine stopped before the session was created.', { given }),
  failed: runError,
  ended: runError,
}

/** A session that lives elsewhere; runs take turns. */
export interface SessionClient extends Pick<EngineSession, 'inputs' | 'outputs' | 'run' | 'release'> {
  /** Version of the engine. */
  readonly version: string
}

interface Waiting {
  readonly resolve: (outputs: readonly WorkerOutput[]) => void
  readonly reject: (error: DinokitError) => void
}

/**
 * Opens a session.
 *
 * @param port - where the engine is
 * @param start - the model, and how it is opened
 * @param signal - rejects at once; the engine, which can't be interrupted, is left to itself
 * @param errors - what is said of its failures. Default: those of the processor
 * @throws DinokitError `session-failed` or those of `errors` where the engine refuses the model, `aborted`
 */
export async function openSession(
  port: EnginePort,
  start: SessionStart,
  signal: AbortSignal | undefined,
  errors: EngineErrors = ENGINE_ERRORS,
): Promise<SessionClient> {
  // Runs that the engine has not answered, and those of them that somebody waits for.
  const underWay = new Set<number>()
  const waiting = new Map<number, Waiting>()
  let next = 0
  let onReleased: (() => void) | undefined
  let ended: string | undefined
  // The engine keeps the process alive while somebody waits for it, and only then.
  const settle = (id: number, how: (waiting: Waiting) => void): void => {
    const found = waiting.get(id)
    if (!found) return
    waiting.delete(id)
    if (waiting.size === 0) port.unref()
    how(found)
  }
  const answered = (id: number, how: (waiting: Waiting) => void): void => {
    underWay.delete(id)
    settle(id, how)
  }
  const ready = await new Promise<Extract<WorkerAnswer, { kind: 'ready' }>>((resolve, reject) => {
    const abandon = (): void => {
      port.unref()
      reject(canceled(signal))
    }
    signal?.addEventListener('abort', abandon)
    port.onAnswer((answer) => {
      if (answer.kind === 'ready') {
        signal?.removeEventListener('abort', abandon)
        if (signal?.aborted) port.send({ kind: 'release' })
        resolve(answer)
      } else if (answer.kind === 'refused') reject(errors.refused(answer.reason))
      else if (answer.kind === 'failed') answered(answer.id, ({ reject }) => reject(errors.failed(answer.reason)))
      else if (answer.kind === 'released') onReleased?.()
      else if (answer.kind === 'outputs') answered(answer.id, ({ resolve }) => resolve(answer.outputs))
    })
    port.onEnd((reason) => {
      ended ??= reason
      reject(errors.stopped(reason))
      for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(errors.ended(reason)))
      onReleased?.()
    })
    port.send({ kind: 'open', ...start })
    if (signal?.aborted) abandon()
  })
  port.unref()
  return {
    version: ready.version,
    inputs: ready.inputs,
    outputs: ready.outputs,
    async run(feeds, signal) {
      assertNotAborted(signal)
      if (ended !== undefined) throw errors.ended(ended)
      const id = next++
      const abandon = (): void => settle(id, ({ reject }) => reject(canceled(signal)))
      signal?.addEventListener('abort', abandon)
      try {
        const outputs = await new Promise<readonly WorkerOutput[]>((resolve, reject) => {
          underWay.add(id)
          waiting.set(id, { resolve, reject })
          port.ref()
          port.send({ kind: 'run', id, feeds: Object.entries(feeds) })
        })
        return Object.fromEntries(outputs.map(({ name, dtype, data, shape }) => [name, tensor(dtype, data as never, shape) as AnyTensor]))
      } finally {
        signal?.removeEventListener('abort', abandon)
      }
    },
    release: () =>
      new Promise((resolve) => {
        if (ended !== undefined) return resolve()
        port.send({ kind: 'release' })
        // The engine does this after the runs that nobody waits for.
        if (underWay.size > 0) return resolve()
        onReleased = resolve
        port.ref()
      }),
  }
}

function canceled(signal: AbortSignal | undefined): DinokitError {
  return new DinokitError('aborted', 'The work was canceled.', { cause: signal?.reason })
}

function runError(reason: string): DinokitError {
  return new DinokitError('session-failed', 'onnxruntime could not run the model on these inputs.', { given: reason })
}
