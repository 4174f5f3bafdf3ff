import type { Output } from './console-output.ts'

/** Context that every command gets. */
export interface CommandContext {
  readonly output: Output
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
}
