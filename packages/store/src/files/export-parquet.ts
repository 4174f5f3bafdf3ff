import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { SchemaElement } from 'hyparquet'
import type { ExportOptions } from './export-options.ts'
import { bytesPerRow, countElements, type StoreLayout } from '../contract/store-layout.ts'
import type { Store, StoreBatch } from '../contract/store.ts'

/** Most bytes of a row group, unless one row takes more. */
const GROUP_BYTES = 16_000_000
const GROUP_ROWS = 4096
/** Bytes of a group of 16 bits: the writer makes a small array of each number, so it gets fewer at a time. */
const GROUP_BYTES_16 = GROUP_BYTES / 8
const ELEMENTS = {
  float32: { type: 'FLOAT' },
  float16: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } },
} as const
const TEXT = ['id', 'source', 'hash', 'label', 'annotation', 'split'] as const
const ALWAYS: readonly string[] = ['id', 'source', 'hash']

/** See `exportStore`. */
export async function* exportParquet(store: Store, options: ExportOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { layout } = store
  const { onProgress, ...filter } = options
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: schemaOf(layout),
    codec: 'UNCOMPRESSED',
    statistics: false,
    createdBy: 'dinokit',
    kvMetadata: [{ key: 'dinokit', value: JSON.stringify(layout) }],
  })
  const bytes = layout.dtype === 'float16' ? GROUP_BYTES_16 : GROUP_BYTES
  const batch = Math.max(1, Math.min(GROUP_ROWS, Math.floor(bytes / bytesPerRow(layout))))
  const total = await store.count(filter)
  let done = 0
  for await (const rows of store.iterate({ ...filter, batch })) {
    await parquet.write({ columnData: columnsOf(rows, layout), rowGroupSize: batch })
    yield taken(writer)
    onProgress?.({ name: 'rows', done: (done += rows.length), total })
  }
  await parquet.finish()
  yield taken(writer)
}

/** Takes what was written since the last time; the writer goes on counting. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

function schemaOf({ tensors, dtype }: StoreLayout): SchemaElement[] {
  const text = (name: string, always: boolean): SchemaElement => ({
    name,
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    repetition_type: always ? 'REQUIRED' : 'OPTIONAL',
  })
  const list = (name: string): SchemaElement[] => [
    { name, converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', ...ELEMENTS[dtype] },
  ]
  const names = Object.keys(tensors)
  return [
    { name: 'root', num_children: TEXT.length + 1 + names.length },
    ...TEXT.map((name) => text(name, ALWAYS.includes(name))),
    text('placement', true),
    ...names.flatMap(list),
  ]
}

function columnsOf({ rows, tensors, length }: StoreBatch, layout: StoreLayout): { name: string; data: unknown[]; encoding?: 'PLAIN' }[] {
  return [
    ...TEXT.map((name) => ({ name, data: rows.map((row) => row[name]) })),
    { name: 'placement', data: rows.map(({ placement }) => JSON.stringify(placement)) },
    ...Object.entries(layout.tensors).map(([name, shape]) => {
      const width = countElements(shape)
      const { data } = tensors[name]!
      return {
        name,
        data: Array.from({ length }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width))),
        encoding: 'PLAIN' as const,
      }
    }),
  ]
}
