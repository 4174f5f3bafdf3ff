import { DinokitError } from '@dinokit/core'
import type { Store } from '@dinokit/store'
import { pairsAcross } from '../vectors/pairs-across.ts'
import { measured, type Measure, type MeasureOptions } from './measure.ts'
import { readRows, type CuratedRow, type StoreRowOptions } from './read-rows.ts'

/** Options of {@link findLeaks}. */
export interface LeakOptions extends Omit<StoreRowOptions, 'split'>, MeasureOptions {
  /** Split that is trained on. Default `train`. */
  readonly train?: string
  /** Split that is tested on. Default `test`. */
  readonly test?: string
}

/** An image of the test split, and one of the training split that is the same. */
export interface Leak {
  readonly test: CuratedRow
  readonly train: CuratedRow
  readonly similarity: number
  /** `same-file` where both files have the same bytes, else `near`. */
  readonly kind: 'same-file' | 'near'
}

/** Leaks of a store, and how they were told. */
export interface Leaks {
  /** All pairs, the most similar first. */
  readonly leaks: readonly Leak[]
  readonly measure: Measure
  readonly threshold: number
}

/**
 * Finds images of the test split that stand in the training split too: numbers that are measured on them say too much.
 *
 * @param store - stays the caller's; nothing is changed
 * @param options - splits, measure, threshold, labels, progress, cancellation
 * @throws DinokitError `invalid-option` for a split that is not there or given twice, `tensor-invalid` with the id, `aborted`, `disposed`
 */
export async function findLeaks(store: Store, options: LeakOptions = {}): Promise<Leaks> {
  const { train: trainSplit = 'train', test: testSplit = 'test', measure: wanted, threshold: least, ...rest } = options
  if (trainSplit === testSplit)
    throw new DinokitError('invalid-option', 'Training and test split are the same.', { given: testSplit, expected: 'two splits' })
  const train = await readRows(store, { ...rest, split: trainSplit })
  const test = await readRows(store, { ...rest, split: testSplit })
  const rows = [...test.rows, ...train.rows]
  const dim = test.vectors.shape[1]!
  const data = new Float32Array(rows.length * dim)
  data.set(test.vectors.data)
  data.set(train.vectors.data, test.vectors.data.length)
  const { vectors, measure, threshold, sketch } = measured(
    { dtype: 'float32', data, shape: [rows.length, dim] },
    { ...(wanted !== undefined && { measure: wanted }), ...(least !== undefined && { threshold: least }) },
  )
  const pairs = await pairsAcross(vectors, test.rows.length, { ...rest, threshold, sketch })
  return {
    measure,
    threshold,
    leaks: pairs.map(({ one, other, similarity }) => ({
      test: rows[one]!,
      train: rows[other]!,
      similarity,
      kind: rows[one]!.hash === rows[other]!.hash ? 'same-file' : 'near',
    })),
  }
}
