import type { DinokitError } from '@dinokit/core'
import type { RowLabels } from './store.ts'

/** An image that a store is to hold. */
export interface ImageToStore<Source> extends RowLabels {
  /** Image for the vision; `source` is how the store names it. */
  readonly image: Source
  /**
   * sha256 of the image’s file. Default: the vision’s `hashImage`, which reads the file; needed for a stream, which can be
   * read once only.
   *
   * @throws DinokitError where it can’t be read: the image’s failure
   */
  hash?(): Promise<string>
}

/**
 * Outcome of an image: `added`; `replaced`, where its file had changed; `relabeled`, where only its label, annotation,
 * split or place had; `kept`, where nothing had.
 */
export type StoreOutcome = 'added' | 'replaced' | 'relabeled' | 'kept'

/** Report on one image. */
export type StoreReport<Source> =
  | { readonly image: ImageToStore<Source>; readonly outcome: StoreOutcome; readonly error?: never }
  | { readonly image: ImageToStore<Source>; readonly outcome?: never; readonly error: DinokitError }
