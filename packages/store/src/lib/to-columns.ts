import { toFloat16 } from '@dinokit/checkpoint'
import { DinokitError, type Tensor } from '@dinokit/core'
import { assertStorable } from '../contract/assert-storable.ts'
import { countElements, type StoreLayout } from '../contract/store-layout.ts'
import { ROW_FIELDS, type RowInfo, type StoreRow } from '../contract/store.ts'
import type { StoreColumns } from '../contract/store-backend.ts'

/**
 * Rows in the columns of a store, checked.
 *
 * @throws DinokitError `tensor-missing`, `tensor-invalid`, `invalid-option`
 */
export function toColumns(rows: readonly StoreRow[], layout: StoreLayout): StoreColumns {
  const seen = new Set<string>()
  for (const row of rows) {
    if (seen.has(row.id))
      throw new DinokitError('invalid-option', `The id ${row.id} was given twice in one call.`, {
        given: row.id,
        expected: 'ids that differ',
      })
    seen.add(row.id)
    assertStorable(row, layout)
  }
  const tensors = Object.entries(layout.tensors).map(([name, shape]) => [name, stack(rows, name, shape, layout.dtype)] as const)
  return { rows: rows.map(infoOf), tensors: Object.fromEntries(tensors) }
}

function stack(rows: readonly StoreRow[], name: string, shape: readonly number[], dtype: StoreLayout['dtype']): Tensor | Tensor<'float16'> {
  const width = countElements(shape)
  const data = new Float32Array(rows.length * width)
  rows.forEach(({ tensors }, index) => data.set(tensors[name]!.data, index * width))
  const full = [rows.length, ...shape]
  return dtype === 'float32' ? { dtype, data, shape: full } : { dtype, data: toFloat16(data), shape: full }
}

function infoOf(row: StoreRow): RowInfo {
  return Object.fromEntries(ROW_FIELDS.flatMap((field) => (row[field] === undefined ? [] : [[field, row[field]]]))) as unknown as RowInfo
}
