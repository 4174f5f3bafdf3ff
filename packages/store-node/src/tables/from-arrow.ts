import { DinokitError, type Placement, type Tensor } from '@dinokit/core'
import { countElements, widen, type ReadColumns, type RowField, type RowInfo, type StoreLayout } from '@dinokit/store'
import type { Table } from 'apache-arrow'
import { columnOf } from './to-arrow.ts'

/** Columns that are read of a table. */
export interface WantedColumns {
  readonly fields: readonly RowField[]
  /** Names of tensors. */
  readonly tensors: readonly string[]
}

/**
 * Rows of an Arrow table, put in order.
 *
 * @param table - with the column `_rowid`
 * @param rowIds - the order
 * @param wanted - what is read of each row
 * @param layout - of the store
 * @throws DinokitError `store-invalid` where one is missing
 */
export function fromArrow(
  table: Table,
  rowIds: readonly number[],
  { fields, tensors: names }: WantedColumns,
  layout: StoreLayout,
): ReadColumns {
  const place = new Map(rowIds.map((rowId, index) => [rowId, index]))
  const targets = Array.from(table.getChild('_rowid') ?? [], (id) => place.get(Number(id))!)
  if (targets.length < place.size) throw rowsGone(targets.length, place.size)
  const tensors = names.map((name) => [name, gather(table, name, layout, targets)] as const)
  return { rows: readInfo(table, fields, targets), tensors: Object.fromEntries(tensors) }
}

/** Reads what is known of images, in the order given by `targets`. */
export function readInfo(table: Table, fields: readonly RowField[], targets?: readonly number[]): Partial<RowInfo>[] {
  const rows = Array.from({ length: table.numRows }, (): Record<string, unknown> => ({}))
  for (const field of fields) {
    const column = table.getChild(field)
    for (let i = 0; i < rows.length; i++) {
      const value: unknown = column!.get(i)
      if (value !== null) rows[targets ? targets[i]! : i]![field] = field === 'placement' ? placementOf(value as Iterable<number>) : value
    }
  }
  return rows
}

/** Reads vectors of an Arrow table, as 32-bit numbers: [dim] of a row. */
export function vectorsOf(table: Table, name: string, layout: StoreLayout): (row: number) => Float32Array {
  if (table.numRows === 0) return () => new Float32Array()
  const all = gather(table, name, layout)
  const [data, dim] = [widen(all.data), all.shape[1]!]
  return (row) => data.subarray(row * dim, (row + 1) * dim)
}

/** Reads a tensor of all rows, in the order given by `targets`. */
function gather(table: Table, name: string, { dtype, tensors }: StoreLayout, targets?: readonly number[]): Tensor | Tensor<'float16'> {
  const width = countElements(tensors[name]!)
  const shape = [table.numRows, ...tensors[name]!]
  const data = dtype === 'float16' ? new Uint16Array(table.numRows * width) : new Float32Array(table.numRows * width)
  let row = 0
  for (const chunk of table.getChild(columnOf(name))!.data) {
    const values = chunk.children[0]!.values as Float32Array | Uint16Array
    for (let i = 0; i < chunk.length; i++, row++)
      data.set(values.subarray(i * width, (i + 1) * width), (targets ? targets[row]! : row) * width)
  }
  return data instanceof Float32Array ? { dtype: 'float32', data, shape } : { dtype: 'float16', data, shape }
}

/** A failure to find rows that were there when their positions were asked for. */
export function rowsGone(found: number, wanted: number): DinokitError {
  return new DinokitError('store-invalid', 'Rows were replaced or removed while the store was read.', {
    given: `${found} of ${wanted} rows`,
    hint: 'Read again; a store that is open for reading, after `refresh()`.',
  })
}

/** Keys of an Arrow column as numbers; where nothing was found there is no column either. */
export function numbersOf(table: Table, column: string): Float64Array {
  return Float64Array.from((table.getChild(column)?.toArray() ?? []) as BigInt64Array, Number)
}

function placementOf(values: Iterable<number>): Placement {
  const [sourceWidth, sourceHeight, resizedWidth, resizedHeight, left, top, width, height] = Array.from(values) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return {
    source: { width: sourceWidth, height: sourceHeight },
    resized: { width: resizedWidth, height: resizedHeight },
    left,
    top,
    input: { width, height },
  }
}
