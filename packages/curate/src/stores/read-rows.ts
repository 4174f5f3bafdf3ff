import { DinokitError, type Tensor } from '@dinokit/core'
import { searchedTensor, type RowFilter, type RowInfo, type Store } from '@dinokit/store'
import type { CurateOptions } from '../lib/curate-options.ts'

/** Description of a row, where rows are curated. */
export type CuratedRow = Omit<RowInfo, 'annotation'>

/** Options of what is done with the rows of a store. */
export interface StoreRowOptions extends CurateOptions {
  /** Rows of this split alone. */
  readonly split?: string
  /** Rows of this label alone, or of these. */
  readonly label?: string | readonly string[]
}

/** Rows of a store, with the vector that stands for each image. */
export interface StoredRows {
  readonly rows: readonly CuratedRow[]
  /** [rows][dim]: `embedding` where the store keeps it, else `cls`. */
  readonly vectors: Tensor
}

/** Fields that are read. */
const FIELDS = ['id', 'source', 'hash', 'label', 'split', 'placement'] as const
const BATCH = 4096

/**
 * Reads all rows of a store, or those of a split or label, into memory: 4 bytes a number of the vectors, and some hundred bytes a row.
 *
 * @param store - stays the caller's
 * @param options - which rows, cancellation
 * @throws DinokitError `tensor-invalid` with the id of a row whose vector is not finite or all zeros, `invalid-option` for a split that
 *   is not there, `store-invalid`, `aborted`, `disposed`
 */
export async function readRows(store: Store, { split, label, signal }: StoreRowOptions = {}): Promise<StoredRows> {
  const filter: RowFilter = { ...(split !== undefined && { split }), ...(label !== undefined && { label }) }
  const name = searchedTensor(store.layout)
  const dim = store.layout.tensors[name]![0]!
  const count = await store.count(filter)
  if (count === 0 && split !== undefined) await assertSplit(store, split)
  const data = new Float32Array(count * dim)
  const rows: CuratedRow[] = []
  for await (const batch of store.iterate({ ...filter, batch: BATCH, fields: FIELDS, tensors: [name], ...(signal && { signal }) })) {
    const numbers = batch.tensors[name]!.data
    if (rows.length + batch.length > count) throw changed(store)
    assertDirections(batch.rows, numbers, dim)
    data.set(numbers, rows.length * dim)
    for (const row of batch.rows) rows.push(row)
  }
  if (rows.length < count) throw changed(store)
  return { rows, vectors: { dtype: 'float32', data, shape: [count, dim] } }
}

async function assertSplit(store: Store, split: string): Promise<void> {
  if ((await store.count({ split })) > 0) return
  const splits = new Set<string>()
  for await (const { rows } of store.iterate({ fields: ['split'], tensors: [], batch: BATCH })) {
    for (const row of rows) if (row.split !== undefined) splits.add(row.split)
  }
  throw new DinokitError('invalid-option', `${store.name} has no split ${split}.`, {
    given: split,
    expected: splits.size > 0 ? `one of ${[...splits].sort().join(', ')}` : 'a split; no row of this store has one',
    hint: 'Give rows their splits by `dinokit index --split`.',
  })
}

function assertDirections(rows: readonly Pick<RowInfo, 'id'>[], numbers: Float32Array, dim: number): void {
  rows.forEach(({ id }, row) => {
    let square = 0
    for (let at = row * dim; at < (row + 1) * dim; at++) square += numbers[at]! * numbers[at]!
    if (square > 0 && square < Infinity) return
    throw new DinokitError('tensor-invalid', `${id} has no direction.`, {
      given: square === 0 ? 'all zeros' : 'NaN or infinity',
      expected: 'finite numbers, not all zero',
      hint: 'Index that image again, or remove its row.',
    })
  })
}

function changed({ name }: Store): DinokitError {
  return new DinokitError('store-invalid', `${name} was changed while it was read.`, { given: name, hint: 'Try again.' })
}
