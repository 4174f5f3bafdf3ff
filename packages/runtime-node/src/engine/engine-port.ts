import type { WorkerAnswer, WorkerCall } from './worker-messages.ts'

/** Where the engine is: a thread, or a thread of a process. It keeps this process alive until `unref`. */
export interface EnginePort {
  send(call: WorkerCall): void
  onAnswer(listener: (answer: WorkerAnswer) => void): void
  /** Tells once that no answer will come any more, and why. */
  onEnd(listener: (reason: string) => void): void
  ref(): void
  unref(): void
}

/** Request to the engine's process. */
export type ProcessCall =
  /** To start a thread for a session. */
  { readonly kind: 'start'; readonly id: number } | { readonly kind: 'tell'; readonly id: number; readonly call: WorkerCall }

/** Answer of a thread of the engine's process, or the news that it has ended. */
export interface ProcessAnswer {
  readonly id: number
  readonly answer: { readonly kind: 'ended'; readonly reason: string } | WorkerAnswer
}
