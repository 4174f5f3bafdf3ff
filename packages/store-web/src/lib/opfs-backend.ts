import { DinokitError } from '@dinokit/core'
import {
  assertSameLayout,
  countElements,
  EXACT_SEARCH,
  layoutToMake,
  parseLayout,
  searchedTensor,
  STORE_VERSION,
  widen,
  type RowField,
  type RowFilter,
  type RowInfo,
  type StoreBackend,
  type StoreLayout,
} from '@dinokit/store'
import { openNumberFile, type NumberFile } from './number-file.ts'
import { createSlotSearch } from './slot-search.ts'
import { storageError } from './storage-error.ts'
import { openDatabase, putRows, relabelRows, removeRows, slotsOf, type RowRecord, type StoreDatabase } from './store-database.ts'

/** Request to the worker to open a store. */
export interface WebStoreRequest {
  readonly layout?: StoreLayout
  readonly access: 'read' | 'write'
  readonly allowPrecision: boolean
}

/** Filters whose rows are kept in mind, a byte for each row of the store, until rows change. */
const MOST_FILTERS = 16

/** The folder of all stores, among the private files of the page's origin. */
export const FOLDER = 'dinokit-stores'

/**
 * A store in the browser, in a worker: numbers in files, one for each tensor; everything else in IndexedDB. Numbers are
 * written first, past the last slot; they count once the database's transaction says so.
 */
export async function createOpfsBackend(name: string, request: WebStoreRequest): Promise<StoreBackend> {
  const { layout: wanted, access } = request
  const storing = async <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((cause: unknown) => Promise.reject(storageError(name, cause)))
  return storing(async () => {
    const folder = await openFolder(name, wanted !== undefined)
    const database = await openDatabase(name)
    const files = new Map<string, NumberFile>()
    const close = async (): Promise<void> => {
      for (const file of files.values()) file.close()
      database.close()
    }
    try {
      const layout = await layoutOf(name, database, request)
      for (const [tensor, shape] of Object.entries(layout.tensors))
        files.set(tensor, await openNumberFile(folder, tensor, countElements(shape) * widthOf(layout), access))
      const slots = ((await database.get('about', 'slots')) as number | undefined) ?? 0
      for (const file of files.values()) if (file.slots() < slots) throw damaged(name)
      return createBackend({ name, layout, database, files, slots, writable: access === 'write', storing, close })
    } catch (cause) {
      await close()
      throw cause
    }
  })
}

async function openFolder(name: string, create: boolean): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory()
  return (await root.getDirectoryHandle(FOLDER, { create })).getDirectoryHandle(encodeURIComponent(name), { create })
}

/** Numbers have always lain apart from labels here: a store of format 1 becomes one of format 2 by saying so. */
async function layoutOf(
  name: string,
  database: StoreDatabase,
  { layout: wanted, access, allowPrecision }: WebStoreRequest,
): Promise<StoreLayout> {
  const kept = await database.get('about', 'layout')
  if (kept === undefined && wanted) {
    const made = layoutToMake(name, wanted)
    await database.put('about', made, 'layout')
    return made
  }
  const layout = parseLayout(name, JSON.stringify(kept))
  if (wanted) assertSameLayout(name, layout, wanted, { allowPrecision })
  if (access === 'read' || layout.version === STORE_VERSION) return layout
  const migrated = { ...layout, version: STORE_VERSION }
  await database.put('about', migrated, 'layout')
  return migrated
}

/** Parts of an open store. */
interface OpenParts extends Pick<StoreBackend, 'name' | 'layout' | 'writable' | 'close'> {
  readonly database: StoreDatabase
  /** Files by the names of their tensors. */
  readonly files: ReadonlyMap<string, NumberFile>
  /** Slots that have been given to rows so far. */
  readonly slots: number
  /** Names the store where a request of the browser fails. */
  readonly storing: <T>(work: () => Promise<T>) => Promise<T>
}

function createBackend({ name, layout, writable, close, database, files, storing, slots: first }: OpenParts): StoreBackend {
  let slots = first
  const near = searchedTensor(layout)
  const dim = countElements(layout.tensors[near]!)
  const readVectors = (some: readonly number[]): Float32Array => widen(gather(files.get(near)!, some, layout, near).data)
  const search = createSlotSearch({ dim, read: readVectors })
  const live = new Map<string, Promise<Uint8Array>>()
  const liveSlots = (filter: RowFilter): Promise<Uint8Array> => {
    const key = JSON.stringify([filter.split, filter.label, filter.hash])
    const known = live.get(key)
    if (known) return known
    if (live.size >= MOST_FILTERS) live.clear()
    const marked = slotsOf(database, filter).then((some) => {
      const marks = new Uint8Array(Math.max(slots, 1 + (some.at(-1) ?? -1)))
      for (const slot of some) marks[slot] = 1
      return marks
    })
    live.set(key, marked)
    void marked.catch(() => live.delete(key))
    return marked
  }
  /** Does work that changes which rows there are, or their labels. */
  const changing = <T>(work: () => Promise<T>): Promise<T> => storing(work).finally(() => live.clear())
  return {
    name,
    layout,
    writable,
    indexes: ['flat'],
    count: (filter) =>
      storing(async () => (Object.keys(filter).length === 0 ? database.count('rows') : (await slotsOf(database, filter)).length)),
    positions: (filter) => storing(async () => Float64Array.from(await slotsOf(database, filter))),
    find: (ids) =>
      storing(async () => {
        const byId = database.transaction('rows').store.index('id')
        const found = await Promise.all(ids.map(async (id) => [id, await byId.getKey(id)] as const))
        return new Map(found.flatMap(([id, slot]) => (slot === undefined ? [] : [[id, slot]])))
      }),
    read: (positions, fields, tensors) =>
      storing(async () => ({
        rows: await readRows(name, database, positions, fields),
        tensors: Object.fromEntries(tensors.map((tensor) => [tensor, gather(files.get(tensor)!, positions, layout, tensor)])),
      })),
    write: ({ rows, tensors }) =>
      changing(async () => {
        for (const [tensor, { data }] of Object.entries(tensors))
          files.get(tensor)!.write(slots, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        await putRows(database, rows, slots)
        slots += rows.length
      }),
    relabel: (changes) => changing(() => relabelRows(database, changes)),
    remove: (positions) => changing(() => removeRows(database, positions)),
    // Nobody writes while others read.
    refresh: async () => {},
    nearest: (queries, { top, fields, vectors, ...filter }) =>
      storing(async () => {
        const found = search.nearest({ queries, top, live: await liveSlots(filter) })
        const slotsFound = [...new Set(found.flatMap((some) => some.map(({ position }) => position)))]
        const rows = await readRows(name, database, slotsFound, fields)
        const data = vectors ? readVectors(slotsFound) : undefined
        const bySlot = new Map(
          slotsFound.map((slot, i) => [slot, { ...rows[i], ...(data && { vector: data.slice(i * dim, (i + 1) * dim) }) }]),
        )
        return found.map((some) => some.map(({ position, similarity }) => ({ ...bySlot.get(position), similarity })))
      }),
    // Search is exact, and there is no index to make.
    optimize: async () => EXACT_SEARCH,
    searchIndex: async () => EXACT_SEARCH,
    close,
  }
}

async function readRows(
  name: string,
  database: StoreDatabase,
  slots: readonly number[],
  fields: readonly RowField[],
): Promise<Partial<RowInfo>[]> {
  if (fields.length === 0 || slots.length === 0) return slots.map(() => ({}))
  const { store } = database.transaction('rows')
  const inARow = slots.every((slot, i) => i === 0 || slot === slots[i - 1]! + 1)
  const rows = inARow
    ? await store.getAll(IDBKeyRange.bound(slots[0], slots.at(-1)))
    : await Promise.all(slots.map((slot) => store.get(slot)))
  return Array.from(slots, (_, index) => {
    const row = rows[index]
    if (!row) throw new DinokitError('store-invalid', `A row of ${name} was replaced while the store was read.`, { hint: 'Read again.' })
    return pick(row, fields)
  })
}

function pick(row: RowRecord, fields: readonly RowField[]): Partial<RowInfo> {
  return Object.fromEntries(fields.flatMap((field) => (row[field] === undefined ? [] : [[field, row[field]]])))
}

/** Reads slots, those that follow each other at once. */
function gather(file: NumberFile, positions: readonly number[], layout: StoreLayout, tensor: string) {
  const shape = layout.tensors[tensor]!
  const stride = countElements(shape) * widthOf(layout)
  const bytes = new Uint8Array(positions.length * stride)
  for (let start = 0; start < positions.length;) {
    let end = start + 1
    while (end < positions.length && positions[end] === positions[end - 1]! + 1) end++
    file.read(positions[start]!, bytes.subarray(start * stride, end * stride))
    start = end
  }
  const full = [positions.length, ...shape]
  return layout.dtype === 'float16'
    ? ({ dtype: 'float16', data: new Uint16Array(bytes.buffer), shape: full } as const)
    : ({ dtype: 'float32', data: new Float32Array(bytes.buffer), shape: full } as const)
}

function widthOf({ dtype }: StoreLayout): number {
  return dtype === 'float16' ? 2 : 4
}

function damaged(name: string): DinokitError {
  return new DinokitError('store-invalid', `Files of the store ${name} are shorter than its database says.`, {
    given: name,
    expected: 'files as long as the database says',
    hint: 'The browser may have cleared them: delete the store, and embed the images again.',
  })
}
