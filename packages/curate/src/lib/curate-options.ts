import type { OnProgress } from '@dinokit/core'

/** Options of all work on many rows. */
export interface CurateOptions {
  /** Told how many rows are done. */
  readonly onProgress?: OnProgress
  /** Cancels the work. */
  readonly signal?: AbortSignal
}
