import type { OnProgress } from '@dinokit/core'
import type { RowFilter } from '../contract/store.ts'

/** The formats that a store is written to and read from. */
export type StoreFormat = 'parquet' | 'safetensors'

/** Options of `exportStore`. */
export interface ExportOptions extends RowFilter {
  /** Told how many rows are done; safetensors passes over the rows once for each tensor. */
  readonly onProgress?: OnProgress
  /** Cancels the work. */
  readonly signal?: AbortSignal
}
