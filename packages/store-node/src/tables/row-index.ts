import { DinokitError } from '@dinokit/core'
import type { Table } from '@lancedb/lancedb'
import { numbersOf, rowsGone } from './from-arrow.ts'
import { KEY } from './to-arrow.ts'

/** Where rows are in a table, by key. LanceDB's own row ids change when rows are written again, keys stay. */
export interface RowIndex {
  /** Keys of all rows, ascending. */
  keys(): Promise<Float64Array>
  /**
   * LanceDB's row ids, in the order of the keys.
   *
   * @throws DinokitError `store-invalid` where one is missing
   */
  rowIds(keys: readonly number[]): Promise<number[]>
  /** Keeps what a query has found, for the reading that follows. */
  note(keys: Float64Array, rowIds: Float64Array): void
  /** Forgets all of it: the table has changed. */
  forget(): void
}

interface Places {
  readonly keys: Float64Array
  readonly rowIds: Float64Array
}

/**
 * Makes the index of a table: read when it is needed first, 16 bytes a row.
 *
 * @param table - stays the caller's
 * @param keyed - false for tables of format 1, whose keys are their row ids
 */
export function createRowIndex(table: Table, keyed: boolean): RowIndex {
  let noted = new Map<number, number>()
  let loading: Promise<Places> | undefined
  const load = async (): Promise<Places> => {
    const found = await table
      .query()
      .select(keyed ? [KEY] : [])
      .withRowId()
      .toArrow()
    const rowIds = numbersOf(found, '_rowid')
    return keyed ? sortByKey(table.name, numbersOf(found, KEY), rowIds) : { keys: rowIds.sort(), rowIds }
  }
  const all = (): Promise<Places> =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    }))
  return {
    keys: async () => (await all()).keys.slice(),
    async rowIds(keys) {
      const quick = loading ? [] : keys.flatMap((key) => noted.get(key) ?? [])
      if (quick.length === keys.length) return quick
      const places = await all()
      const found = keys.flatMap((key) => {
        const at = indexIn(places.keys, key)
        return at < 0 ? [] : [places.rowIds[at]!]
      })
      if (found.length < keys.length) throw rowsGone(found.length, keys.length)
      return found
    },
    note(keys, rowIds) {
      noted = new Map(Array.from(keys, (key, index) => [key, rowIds[index]!]))
    },
    forget() {
      noted = new Map()
      loading = undefined
    },
  }
}

function sortByKey(name: string, keys: Float64Array, rowIds: Float64Array): Places {
  if (!keys.every((key, index) => index === 0 || key > keys[index - 1]!)) {
    const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!)
    keys = Float64Array.from(order, (index) => keys[index]!)
    rowIds = Float64Array.from(order, (index) => rowIds[index]!)
  }
  const twice = keys.findIndex((key, index) => key === keys[index - 1])
  if (twice < 0) return { keys, rowIds }
  throw new DinokitError('store-invalid', `Two rows of ${name} have the key ${keys[twice]}.`, {
    given: String(keys[twice]),
    expected: 'keys that differ',
    hint: 'Two processes may have written to it at once. Index the images again into a new store, with one writer.',
  })
}

/** Where a number is among ascending ones; -1 where it is not. */
function indexIn(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < wanted) low = middle + 1
    else if (sorted[middle]! > wanted) high = middle - 1
    else return middle
  }
  return -1
}
