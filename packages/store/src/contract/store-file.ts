import type { StoreLayout } from './store-layout.ts'
import type { StoreRow } from './store.ts'

/** An exported store that can be read again. */
export interface StoreFile {
  readonly layout: StoreLayout
  /** Number of rows. */
  readonly count: number
  /**
   * The rows, some at a time.
   *
   * @throws DinokitError `store-invalid`, `file-unreadable`
   */
  readonly rows: () => AsyncGenerator<StoreRow[], void, undefined>
}
