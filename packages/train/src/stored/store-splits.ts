import { DinokitError } from '@dinokit/core'
import type { Store } from '@dinokit/store'

/** Rows of a store to train on, and rows to evaluate on. */
export interface SplitChoice {
  /** The split to train on. Default: `train`, or all rows where there is no such split. */
  readonly split?: string
  /** The split to evaluate on, or a share of the training rows, above 0 and below 1. Default: `val` where there is one, else 0.2. */
  readonly validation?: string | number
}

/** Rows of a store to train on, and rows that are held back. */
export interface StoreSplits {
  /** Undefined: all rows. */
  readonly train: string | undefined
  /** A split, or a share of the rows to train on. */
  readonly validation: string | number
}

/** The share of rows that is held back where nothing else is said. */
export const VALIDATION_SHARE = 0.2

/**
 * Finds the splits that are meant: `train` and `val` where there are such, else a share of all rows.
 *
 * @param store - to look into
 * @param choice - as far as it was said
 * @throws DinokitError `label-invalid` for a split without rows, `invalid-option` for one that is both
 */
export async function splitsOf(store: Store, { split, validation }: SplitChoice): Promise<StoreSplits> {
  const has = async (name: string): Promise<boolean> => (await store.count({ split: name })) > 0
  for (const name of [split, validation]) {
    if (typeof name !== 'string' || (await has(name))) continue
    throw new DinokitError('label-invalid', `${store.name} has no rows of the split ${name}.`, {
      given: name,
      expected: 'a split that `dinokit store info` lists',
    })
  }
  const train = split ?? ((await has('train')) ? 'train' : undefined)
  const held = validation ?? (train !== undefined && train !== 'val' && (await has('val')) ? 'val' : VALIDATION_SHARE)
  if (held === train || (train === undefined && typeof held === 'string')) {
    throw new DinokitError('invalid-option', `The rows of ${held} would be used for both training and evaluation.`, {
      given: `split ${train ?? '(all)'}, validation ${held}`,
      expected: 'two splits, or a share',
    })
  }
  if (typeof held === 'number' && !(held > 0 && held < 1)) {
    throw new DinokitError('invalid-option', `A share of ${held} can’t be held back.`, {
      given: String(held),
      expected: 'a share above 0 and below 1, such as 0.2',
    })
  }
  return { train, validation: held }
}
