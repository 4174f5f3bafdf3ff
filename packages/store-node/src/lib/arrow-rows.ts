import { DinokitError, type Placement, type Tensor } from '@dinokit/core'
import { elementsOf, type ReadColumns, type RowField, type RowInfo, type StoreColumns, type StoreLayout } from '@dinokit/store'
import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
  type Data,
  type DataType,
} from 'apache-arrow'

const TEXT = ['id', 'source', 'hash', 'label', 'annotation', 'split'] as const
const ALWAYS: readonly string[] = ['id', 'source', 'hash']
const PLACEMENT = 8

/** The column of a tensor: LanceDB takes a dot for a field of a field. */
export function columnOf(tensor: string): string {
  return tensor.replaceAll('.', '_')
}

/** The Arrow schema of a layout. The layout itself is kept with it, as JSON. */
export function schemaOf(layout: StoreLayout): Schema {
  const number = layout.dtype === 'float16' ? new Float16() : new Float32()
  return new Schema(
    [
      ...TEXT.map((name) => new Field(name, new Utf8(), !ALWAYS.includes(name))),
      new Field('placement', listOf(PLACEMENT, new Float64())),
      ...Object.entries(layout.tensors).map(([name, shape]) => new Field(columnOf(name), listOf(elementsOf(shape), number))),
    ],
    new Map([['dinokit', JSON.stringify(layout)]]),
  )
}

/** Rows as an Arrow table of one batch; numbers are not copied. */
export function toArrow({ rows, tensors }: StoreColumns, layout: StoreLayout): Table {
  const schema = schemaOf(layout)
  const places = Float64Array.from(rows.flatMap(({ placement }) => placementNumbers(placement)))
  const children: Data[] = [
    ...TEXT.map(
      (name) =>
        vectorFromArray(
          rows.map((row) => row[name] ?? null),
          new Utf8(),
        ).data[0]!,
    ),
    listData(schema.fields[TEXT.length]!.type as FixedSizeList, rows.length, places),
    ...Object.keys(layout.tensors).map((name, index) =>
      listData(schema.fields[TEXT.length + 1 + index]!.type as FixedSizeList, rows.length, tensors[name]!.data),
    ),
  ]
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children })
  return new Table(schema, [new RecordBatch(schema, data)])
}

/**
 * Rows of an Arrow table, put in order.
 *
 * @param table - with the column `_rowid`
 * @param positions - the order
 * @throws DinokitError `store-invalid` where one is missing
 */
export function fromArrow(
  table: Table,
  positions: readonly number[],
  fields: readonly RowField[],
  names: readonly string[],
  layout: StoreLayout,
): ReadColumns {
  const place = new Map(positions.map((position, index) => [position, index]))
  const targets = Array.from(table.getChild('_rowid') ?? [], (id) => place.get(Number(id))!)
  if (targets.length < place.size)
    throw new DinokitError('store-invalid', 'Rows were replaced while the store was read.', {
      given: `${targets.length} of ${place.size} rows`,
      hint: 'Open it again.',
    })
  const tensors = names.map((name) => [name, gather(table, name, targets, layout)] as const)
  return { rows: readInfo(table, fields, targets), tensors: Object.fromEntries(tensors) }
}

/** What is known of pictures, in the order given by `targets`. */
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

function gather(table: Table, name: string, targets: readonly number[], { dtype, tensors }: StoreLayout): Tensor | Tensor<'float16'> {
  const width = elementsOf(tensors[name]!)
  const shape = [targets.length, ...tensors[name]!]
  const data = dtype === 'float16' ? new Uint16Array(targets.length * width) : new Float32Array(targets.length * width)
  let row = 0
  for (const chunk of table.getChild(columnOf(name))!.data) {
    const values = chunk.children[0]!.values as Float32Array | Uint16Array
    for (let i = 0; i < chunk.length; i++) data.set(values.subarray(i * width, (i + 1) * width), targets[row++]! * width)
  }
  return data instanceof Float32Array ? { dtype: 'float32', data, shape } : { dtype: 'float16', data, shape }
}

function listOf<T extends DataType>(width: number, type: T): FixedSizeList<T> {
  return new FixedSizeList(width, new Field('item', type, true))
}

function listData(type: FixedSizeList, length: number, data: Float32Array | Float64Array | Uint16Array): Data {
  const child = makeData({ type: type.children[0]!.type as Float32, data: data as Float32Array, length: data.length, nullCount: 0 })
  return makeData({ type, length, nullCount: 0, child })
}

function placementNumbers({ source, resized, left, top, input }: Placement): number[] {
  return [source.width, source.height, resized.width, resized.height, left, top, input.width, input.height]
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
