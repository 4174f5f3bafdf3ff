import { isIn } from './filter-sql.ts'
import { numbersOf } from './from-arrow.ts'
import { IDS } from './known-rows.ts'
import type { LanceTables } from './lance-tables.ts'
import type { RowIndex } from './row-index.ts'
import { KEY } from './to-arrow.ts'

/** Number of ids from which going through all rows once is faster than asking for some at a time. */
export const MANY_IDS = 4096

/** Finds the keys of some ids, and where their rows are. */
export async function findFew(
  { images, imagesIndex, keyed }: LanceTables & { readonly imagesIndex: RowIndex },
  ids: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let start = 0; start < ids.length; start += IDS) {
    const query = images.query().where(isIn('id', ids.slice(start, start + IDS)))
    const rows = await query
      .select(keyed ? ['id', KEY] : ['id'])
      .withRowId()
      .toArrow()
    const [column, keys] = [rows.getChild('id'), numbersOf(rows, keyed ? KEY : '_rowid')]
    if (ids.length <= IDS) imagesIndex.note(keys, numbersOf(rows, '_rowid'))
    keys.forEach((key, index) => found.set(column!.get(index) as string, key))
  }
  return found
}

/** Finds the keys of many ids. */
export async function findAmongAll({ images, keyed }: LanceTables, ids: readonly string[]): Promise<Map<string, number>> {
  const [wanted, found] = [new Set(ids), new Map<string, number>()]
  const query = keyed ? images.query().select(['id', KEY]) : images.query().select(['id']).withRowId()
  for await (const batch of query) {
    const keys = batch.getChild(keyed ? KEY : '_rowid')!.toArray() as BigInt64Array
    let row = 0
    for (const id of batch.getChild('id')!) {
      if (wanted.has(id as string)) found.set(id as string, Number(keys[row]))
      row++
    }
  }
  return found
}
