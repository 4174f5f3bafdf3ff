import { DinokitError, type ByteSource } from '@dinokit/core'
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet'
import type { StoreFile } from '../contract/store-file.ts'
import { countElements, parseLayout } from '../contract/store-layout.ts'
import type { StoreRow } from '../contract/store.ts'
import { parseRowInfo } from './parse-row-info.ts'
import { rowsOf } from './rows-of.ts'

/** Invalid text is refused, rather than read with signs in place of letters. */
const STRICT = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && new TextDecoder('utf-8', { fatal: true }).decode(bytes) }

/** See `openStoreFile`. */
export async function readParquetStore(source: ByteSource): Promise<StoreFile> {
  const file: AsyncBuffer = {
    byteLength: source.size,
    slice: async (start, end = source.size) => (await source.read(start, end - start)).slice().buffer,
  }
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      if (DinokitError.is(cause)) throw cause
      throw new DinokitError('store-invalid', `${source.name} is a damaged Parquet file.`, { given: String(cause), cause })
    }
  }
  const metadata = await reading(() => parquetMetadataAsync(file))
  const layout = parseLayout(source.name, metadata.key_value_metadata?.find(({ key }) => key === 'dinokit')?.value)
  return {
    layout,
    count: Number(metadata.num_rows),
    async *rows() {
      for (const [rowStart, rowEnd] of groupsOf(metadata)) {
        const rows = await reading(() => parquetReadObjects({ file, metadata, rowStart, rowEnd, parsers: STRICT }))
        const parsed = await reading(async () => rows.map(({ placement }) => JSON.parse(String(placement)) as unknown))
        yield rows.map((row, index): StoreRow => {
          const columns = Object.entries(layout.tensors).map(([name, shape]) => [name, numbersOf(source.name, name, row[name], shape)])
          return {
            ...parseRowInfo(source.name, { ...row, placement: parsed[index] }),
            tensors: rowsOf(Object.fromEntries(columns) as Record<string, Float32Array>, 0, layout),
          }
        })
      }
    },
  }
}

function groupsOf({ row_groups: groups }: FileMetaData): (readonly [number, number])[] {
  let start = 0
  return groups.map(({ num_rows: rows }) => [start, (start += Number(rows))] as const)
}

function numbersOf(name: string, column: string, value: unknown, shape: readonly number[]): Float32Array {
  if (Array.isArray(value) && value.length === countElements(shape)) return Float32Array.from(value as number[])
  throw new DinokitError('store-invalid', `${name} has a row whose ${column} is not a list of ${countElements(shape)} numbers.`, {
    expected: `[${shape.join('][')}]`,
  })
}
