import type { OnProgress } from '@dinokit/core'
import { bytesPerRow, ROW_FIELDS, STORE_VERSION, type RowInfo } from '@dinokit/store'
import { fromArrow } from './from-arrow.ts'
import { indexTables } from '../search/index-tables.ts'
import { makeHead, makeRowTables, type LanceLocation, type LanceTables } from './lance-tables.ts'
import { createRowIndex } from './row-index.ts'
import { columnOf, toImages, toTokens } from './to-arrow.ts'

const MOST_BYTES = 32_000_000
const MOST_ROWS = 4096

/**
 * Brings a store of format 1 to today's: copies its rows into the tables of format 2, then says in one commit that those are
 * the store. Until then the store is what it was, whatever happens to the process, and a later call starts afresh. Readers of
 * the old form keep it for a day.
 *
 * @param place - where the store is
 * @param old - its tables, of format 1
 * @param onProgress - told how many rows are copied
 */
export async function migrateStore(place: LanceLocation, old: LanceTables, onProgress?: OnProgress): Promise<LanceTables> {
  const layout = { ...old.layout, version: STORE_VERSION }
  const indexed = (await old.head.listIndices()).length > 0
  const { images, tokens } = await makeRowTables(place.connection, layout)
  const names = Object.keys(layout.tensors)
  const keys = await createRowIndex(old.images, false).keys()
  const step = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_BYTES / bytesPerRow(layout))))
  for (let start = 0; start < keys.length; start += step) {
    const some = Array.from(keys.subarray(start, start + step))
    const found = await old.images
      .takeRowIds(some.map(BigInt))
      .select([...ROW_FIELDS, ...names.map(columnOf)])
      .withRowId()
      .toArrow()
    const { rows, tensors } = fromArrow(found, some, { fields: ROW_FIELDS, tensors: names }, layout)
    const columns = { rows: rows as readonly RowInfo[], tensors }
    if (tokens) await tokens.add(toTokens(columns, some, layout))
    await images.add(toImages(columns, some, layout))
    onProgress?.({ name: 'migrate rows', done: start + some.length, total: keys.length })
  }
  if (indexed) await indexTables(images, layout)
  return { layout, head: await makeHead(place.connection, layout), images, ...(tokens && { tokens }), keyed: true }
}
