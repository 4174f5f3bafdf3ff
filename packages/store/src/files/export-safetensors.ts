import { safetensorsHeader, toFloat16 } from '@dinokit/checkpoint'
import type { ExportOptions } from './export-options.ts'
import { countElements } from '../contract/store-layout.ts'
import type { RowInfo, Store } from '../contract/store.ts'

/** The tensor that holds what is known of the images, a JSON object a line. */
export const ROWS = 'rows'

/** See `exportStore`. The length of everything is known before the first byte: that of the text takes a pass of its own. */
export async function* exportSafetensors(store: Store, options: ExportOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { dtype, tensors } = store.layout
  const { onProgress, ...filter } = options
  let [count, textBytes] = [0, 0]
  for await (const { rows, length } of store.iterate({ ...filter, tensors: [] })) {
    count += length
    textBytes += lines(rows).byteLength
  }
  const names = Object.keys(tensors)
  const width = dtype === 'float16' ? 2 : 4
  yield safetensorsHeader(
    [
      ...names.map((name) => ({
        name,
        dtype,
        shape: [count, ...tensors[name]!],
        byteLength: count * countElements(tensors[name]!) * width,
      })),
      { name: ROWS, dtype: 'uint8', shape: [textBytes], byteLength: textBytes },
    ],
    { dinokit: JSON.stringify(store.layout) },
  )
  let done = 0
  const total = count * (names.length + 1)
  for (const name of names)
    for await (const batch of store.iterate({ ...filter, tensors: [name], fields: [] })) {
      const { data } = batch.tensors[name]!
      const kept = dtype === 'float16' ? toFloat16(data) : data
      yield new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength)
      onProgress?.({ name: 'rows', done: (done += batch.length), total })
    }
  for await (const { rows, length } of store.iterate({ ...filter, tensors: [] })) {
    yield lines(rows)
    onProgress?.({ name: 'rows', done: (done += length), total })
  }
}

function lines(rows: readonly RowInfo[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
