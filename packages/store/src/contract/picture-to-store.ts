import type { DinokitError } from '@dinokit/core'
import type { RowLabels } from './store.ts'

/** A picture that a store is to hold. */
export interface PictureToStore<Source> extends RowLabels {
  /** What the vision looks at; `source` is how the store names it. */
  readonly picture: Source
  /**
   * sha256 of the picture’s file. Default: the vision’s `hashImage`, which reads the file; needed for a stream, which can be
   * read once only.
   *
   * @throws DinokitError where it can’t be read: the picture’s failure
   */
  hash?(): Promise<string>
}

/**
 * What became of a picture: `added`; `replaced`, where its file had changed; `relabelled`, where only its label, annotation,
 * split or place had; `kept`, where nothing had.
 */
export type StoreOutcome = 'added' | 'replaced' | 'relabelled' | 'kept'

/** What became of one picture. */
export type StoreReport<Source> =
  | { readonly picture: PictureToStore<Source>; readonly outcome: StoreOutcome; readonly error?: never }
  | { readonly picture: PictureToStore<Source>; readonly outcome?: never; readonly error: DinokitError }
