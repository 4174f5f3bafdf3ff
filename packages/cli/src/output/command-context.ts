import type { Output } from './console-output.ts'

/** What every command is handed. */
export interface CommandContext {
  readonly output: Output
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
}
