// The worker that sessions live in: their runs block the thread that they are on, and ending it is the one way to give
// WebAssembly's memory back.
import { outcomeOf, type AnyTensor, type BareSession, type Outcome } from '@dinokit/core'
import { expose, transfer } from 'comlink'
import { createOrtSession, loadEngine, type OrtModel, type OrtStart } from './ort-session.ts'

const sessions = new Map<number, BareSession>()
let next = 0

/** A session in the worker, by its number there. */
export interface RemoteSession extends Pick<BareSession, 'engine' | 'inputs' | 'outputs'> {
  readonly id: number
}

/** The engine can't be loaded twice at once, nor make two sessions at once while it is being loaded. */
let turn: Promise<unknown> = Promise.resolve()
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work)
  turn = result.catch(() => {})
  return result
}

const worker = {
  load: (start: OrtStart): Promise<void> => inTurn(() => loadEngine(start)),
  create: (model: OrtModel, start: OrtStart): Promise<Outcome<RemoteSession>> =>
    outcomeOf(async () => {
      const session = await inTurn(() => createOrtSession(model, start))
      const id = next++
      sessions.set(id, session)
      return { id, engine: session.engine, inputs: session.inputs, outputs: session.outputs }
    }),
  async run(id: number, feeds: Readonly<Record<string, AnyTensor>>): Promise<Outcome<Record<string, AnyTensor>>> {
    const outcome = await outcomeOf(() => sessions.get(id)!.run(feeds))
    const outputs = Object.values(outcome.value ?? {})
    return transfer(
      outcome,
      outputs.map(({ data }) => data.buffer as ArrayBuffer),
    )
  },
  release: (id: number): Promise<Outcome<void>> =>
    outcomeOf(async () => {
      await sessions.get(id)!.release()
      sessions.delete(id)
    }),
}

/** What a worker of sessions can be asked. */
export type SessionWorker = typeof worker

expose(worker)
