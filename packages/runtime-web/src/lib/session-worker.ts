// The worker that a session lives in: its runs block the thread that they are on, and ending it is the one way to give
// WebAssembly's memory back.
import type { AnyTensor, BareSession } from '@dinokit/core'
import { expose, transfer } from 'comlink'
import { createOrtSession, type OrtModel, type OrtStart } from './ort-session.ts'
import { outcomeOf, type Outcome } from './outcome.ts'

let session: BareSession | undefined

const worker = {
  create: (model: OrtModel, start: OrtStart): Promise<Outcome<Pick<BareSession, 'engine' | 'inputs' | 'outputs'>>> =>
    outcomeOf(async () => {
      session = await createOrtSession(model, start)
      return { engine: session.engine, inputs: session.inputs, outputs: session.outputs }
    }),
  async run(feeds: Readonly<Record<string, AnyTensor>>): Promise<Outcome<Record<string, AnyTensor>>> {
    const outcome = await outcomeOf(() => session!.run(feeds))
    const outputs = Object.values(outcome.value ?? {})
    return transfer(
      outcome,
      outputs.map(({ data }) => data.buffer as ArrayBuffer),
    )
  },
}

/** What a session's worker can be asked. */
export type SessionWorker = typeof worker

expose(worker)
