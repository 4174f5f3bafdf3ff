import { matchesFilter, type PositionRelabeling, type RowFilter, type RowInfo, type StoreLayout } from '@dinokit/store'
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

/** A row: what is known of an image, and where its numbers are in the files. */
export type RowRecord = RowInfo & { readonly slot: number }

/** Rows, and what is true of the whole store. Whatever it does not know of is not there, whatever the files hold. */
interface StoreSchema extends DBSchema {
  rows: { key: number; value: RowRecord; indexes: { id: string; label: string; split: string } }
  about: { key: 'layout' | 'slots'; value: StoreLayout | number }
}

/** The database of a store. */
export type StoreDatabase = IDBPDatabase<StoreSchema>

/** Names a store's database. */
export function databaseName(store: string): string {
  return `dinokit-store-${store}`
}

/** Opens the database of a store, and makes it where there is none. */
export function openDatabase(store: string): Promise<StoreDatabase> {
  return openDB<StoreSchema>(databaseName(store), 1, {
    upgrade(database) {
      const rows = database.createObjectStore('rows', { keyPath: 'slot' })
      rows.createIndex('id', 'id', { unique: true })
      rows.createIndex('label', 'label')
      rows.createIndex('split', 'split')
      database.createObjectStore('about')
    },
  })
}

/**
 * Keeps rows, in slots from `first` on, in one transaction; rows of the same ids go.
 *
 * @returns the slots that are free now
 */
export async function putRows(database: StoreDatabase, rows: readonly RowInfo[], first: number): Promise<number[]> {
  const transaction = database.transaction(['rows', 'about'], 'readwrite', { durability: 'strict' })
  try {
    const store = transaction.objectStore('rows')
    const byId = store.index('id')
    const old = (await Promise.all(rows.map(({ id }) => byId.getKey(id)))).filter((slot) => slot !== undefined)
    const changes: Promise<unknown>[] = old.map((slot) => store.delete(slot))
    rows.forEach((row, index) => changes.push(store.put({ ...row, slot: first + index })))
    changes.push(transaction.objectStore('about').put(first + rows.length, 'slots'))
    await Promise.all([...changes, transaction.done])
    return old
  } catch (cause) {
    await transaction.done.catch(() => {})
    throw cause
  }
}

/** Changes the labels of rows by slot, in one transaction; their slots stay. */
export async function relabelRows(database: StoreDatabase, changes: readonly PositionRelabeling[]): Promise<void> {
  const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
  try {
    const { store } = transaction
    const old = await Promise.all(changes.map(({ position }) => store.get(position)))
    // All ids are given up before one is taken: rows may swap theirs.
    const writes: Promise<unknown>[] = changes.map(({ position }) => store.delete(position))
    changes.forEach(({ position, to }, index) => {
      const { hash, placement } = old[index]!
      writes.push(store.put({ ...to, hash, placement, slot: position }))
    })
    await Promise.all([...writes, transaction.done])
  } catch (cause) {
    await transaction.done.catch(() => {})
    throw cause
  }
}

/** Removes rows by slot, in one transaction. */
export async function removeRows(database: StoreDatabase, slots: readonly number[]): Promise<void> {
  const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
  await Promise.all([...slots.map((slot) => transaction.store.delete(slot)), transaction.done])
}

/** Slots of the rows that match, ascending. */
export async function slotsOf(database: StoreDatabase, filter: RowFilter): Promise<number[]> {
  const { split, label, hash } = filter
  // Hashes have no index; whoever asks for them asks for many at a time.
  if (hash !== undefined) return (await database.getAll('rows')).filter((row) => matchesFilter(row, filter)).map(({ slot }) => slot)
  const labels = label === undefined || typeof label === 'string' ? label : [...new Set(label)]
  const bySplit = split === undefined ? undefined : await database.getAllKeysFromIndex('rows', 'split', split)
  if (labels === undefined) return bySplit ?? database.getAllKeys('rows')
  const each = [labels].flat().map((one) => database.getAllKeysFromIndex('rows', 'label', one))
  const byLabel = (await Promise.all(each)).flat().sort((a, b) => a - b)
  if (!bySplit) return byLabel
  const wanted = new Set(bySplit)
  return byLabel.filter((slot) => wanted.has(slot))
}
