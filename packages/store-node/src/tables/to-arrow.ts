import type { Placement } from '@dinokit/core'
import { countElements, searchedTensor, type PositionRelabeling, type StoreColumns, type StoreLayout } from '@dinokit/store'
import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int64,
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
const LABELS = ['id', 'source', 'label', 'annotation', 'split'] as const
const ALWAYS: readonly string[] = ['id', 'source', 'hash']
const PLACEMENT = 8

/** Names rows in every table: a whole number that is never used again, and grows with the order of coming. */
export const KEY = 'key'
/** The column of a tensor: LanceDB takes a dot for a field of a field. */
export function columnOf(tensor: string): string {
  return tensor.replaceAll('.', '_')
}

/** The names of the tensors that lie apart from what is filtered, relabeled and searched. */
export function tensorsApart(layout: StoreLayout): string[] {
  return Object.keys(layout.tensors).filter((name) => name !== searchedTensor(layout))
}

/** The Arrow schema of the table that says what the store is, and holds no rows. The layout is kept with it, as JSON. */
export function headSchema(layout: StoreLayout): Schema {
  return new Schema([new Field('id', new Utf8(), false)], new Map([['dinokit', JSON.stringify(layout)]]))
}

/** The Arrow schema of what is known of images, with the vector of each that is searched. */
export function imagesSchema(layout: StoreLayout): Schema {
  return new Schema([
    keyField(),
    ...textFields(TEXT),
    new Field('placement', listOf(PLACEMENT, new Float64())),
    tensorField(layout, searchedTensor(layout)),
  ])
}

/** The Arrow schema of all other tokens. */
export function tokensSchema(layout: StoreLayout): Schema {
  return new Schema([keyField(), ...tensorsApart(layout).map((name) => tensorField(layout, name))])
}

/** Makes an Arrow table of images and the vector of each that is searched, in one batch; numbers are not copied. */
export function toImages({ rows, tensors }: StoreColumns, keys: readonly number[], layout: StoreLayout): Table {
  const near = searchedTensor(layout)
  const places = Float64Array.from(rows.flatMap(({ placement }) => placementNumbers(placement)))
  return tableOf(imagesSchema(layout), rows.length, (schema) => [
    keyData(keys),
    ...textData(TEXT, rows),
    listData(typeOf(schema, 'placement'), rows.length, places),
    listData(typeOf(schema, near), rows.length, tensors[near]!.data),
  ])
}

/** All other tokens as an Arrow table of one batch; numbers are not copied. */
export function toTokens({ rows, tensors }: StoreColumns, keys: readonly number[], layout: StoreLayout): Table {
  return tableOf(tokensSchema(layout), rows.length, (schema) => [
    keyData(keys),
    ...tensorsApart(layout).map((name) => listData(typeOf(schema, columnOf(name)), rows.length, tensors[name]!.data)),
  ])
}

/** New labels of rows as an Arrow table: nothing of what they are beside, and ids only where one changes. */
export function toLabels(changes: readonly PositionRelabeling[]): Table {
  const names = changes.some(({ from, to }) => to.id !== from) ? LABELS : LABELS.filter((name) => name !== 'id')
  const keys = changes.map(({ position }) => position)
  const labels = changes.map(({ to }) => to)
  return tableOf(new Schema([keyField(), ...textFields(names)]), changes.length, () => [keyData(keys), ...textData(names, labels)])
}

function tableOf(schema: Schema, length: number, columns: (schema: Schema) => Data[]): Table {
  const data = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children: columns(schema) })
  return new Table(schema, [new RecordBatch(schema, data)])
}

function keyField(): Field {
  return new Field(KEY, new Int64(), false)
}

function textFields(names: readonly string[]): Field[] {
  return names.map((name) => new Field(name, new Utf8(), !ALWAYS.includes(name)))
}

function tensorField({ dtype, tensors }: StoreLayout, name: string): Field {
  return new Field(columnOf(name), listOf(countElements(tensors[name]!), dtype === 'float16' ? new Float16() : new Float32()))
}

function typeOf(schema: Schema, name: string): FixedSizeList {
  return schema.fields.find((field) => field.name === name)!.type as FixedSizeList
}

function keyData(keys: readonly number[]): Data {
  return makeData({ type: new Int64(), length: keys.length, nullCount: 0, data: BigInt64Array.from(keys, BigInt) })
}

function textData<Name extends string>(names: readonly Name[], rows: readonly Readonly<Partial<Record<Name, string>>>[]): Data[] {
  return names.map(
    (name) =>
      vectorFromArray(
        rows.map((row) => row[name] ?? null),
        new Utf8(),
      ).data[0]!,
  )
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
