import type { WorkerAnswer, WorkerCall } from './worker-messages.ts'

/** Where the engine is: a thread, or a process. It keeps this process alive until `unref`. */
export interface EnginePort {
  send(call: WorkerCall): void
  onAnswer(listener: (answer: WorkerAnswer) => void): void
  /** Tells once that no answer will come any more, and why. */
  onEnd(listener: (reason: string) => void): void
  ref(): void
  unref(): void
}

/** What the engine's process answers: what its thread does, or that the thread died. */
export type ProcessAnswer = { readonly kind: 'ended'; readonly reason: string } | WorkerAnswer
