import type { DinokitError } from '@dinokit/core'
import {
  measureRecall,
  SEARCH_INDEX_KINDS,
  searchedTensor,
  type ReadColumns,
  type RowField,
  type RowFilter,
  type StoreBackend,
} from '@dinokit/store'
import type { Table } from '@lancedb/lancedb'
import { deleteKeys } from '../tables/delete-keys.ts'
import { filterSql } from '../tables/filter-sql.ts'
import { fromArrow, numbersOf } from '../tables/from-arrow.ts'
import { findAmongAll, findFew, MANY_IDS } from '../tables/find-ids.ts'
import { readKnownRows, type KnownRows } from '../tables/known-rows.ts'
import type { Doing } from '../files/lacking-permission.ts'
import { catchUp, type LanceTables } from '../tables/lance-tables.ts'
import { indexTables } from '../search/index-tables.ts'
import { nearestRows } from '../search/nearest-rows.ts'
import { chooseWay, describeWay, keepRecall, readTableIndex, type SearchWay, type TableIndex } from '../search/search-index.ts'
import { relabelImages } from '../tables/relabel-images.ts'
import { createRowIndex, type RowIndex } from '../tables/row-index.ts'
import { sweepTokens } from '../tables/sweep-tokens.ts'
import { columnOf, KEY, toImages, toTokens } from '../tables/to-arrow.ts'

/** Versions that others may still be reading. */
const KEPT_MS = 24 * 60 * 60 * 1000

/** Filters whose numbers of rows are kept in mind, until rows change. */
const MOST_COUNTS = 100

/** Options of a back end beside its tables. */
export interface LanceBackendOptions {
  readonly name: string
  readonly writable: boolean
  /** Opens the tables again, at their newest. */
  readonly reopen: () => Promise<LanceTables>
  /** Called after every commit. */
  readonly afterCommit: () => Promise<void>
  /** A failure as a DinokitError. */
  readonly explain: (cause: unknown, doing: Doing) => Promise<DinokitError>
  readonly release: () => Promise<void>
}

/** State of the tables at one time. */
interface View extends LanceTables {
  readonly imagesIndex: RowIndex
  readonly tokensIndex?: RowIndex
  /** Index of the vectors that are searched, once it was looked up, and numbers of rows by filter. */
  readonly searched: { index?: Promise<TableIndex | undefined>; counts: Map<string | undefined, number> }
}

function viewOf(tables: LanceTables): View {
  const { images, tokens, keyed } = tables
  return {
    ...tables,
    searched: { counts: new Map() },
    imagesIndex: createRowIndex(images, keyed),
    ...(tokens && { tokensIndex: createRowIndex(tokens, true) }),
  }
}

/** The Lance tables of a store, as a back end. */
export function createLanceBackend(opened: LanceTables, options: LanceBackendOptions): StoreBackend {
  const { name, writable, reopen, afterCommit, explain, release } = options
  const { layout } = opened
  let view = viewOf(opened)
  let known: Promise<KnownRows> | undefined
  const guarded = <T>(doing: Doing, work: () => Promise<T>): Promise<T> =>
    work().catch(async (cause: unknown) => Promise.reject(await explain(cause, doing)))
  const reading = <T>(work: (view: View) => Promise<T>): Promise<T> => guarded('read', () => work(view))
  /** After a failure too, tables may have changed. */
  const writing = (work: (view: View) => Promise<void>): Promise<void> =>
    guarded('write', async () => {
      try {
        await work(view)
      } finally {
        forget(view)
      }
      await afterCommit()
    })
  const backend: StoreBackend = {
    name,
    layout,
    writable,
    indexes: SEARCH_INDEX_KINDS,
    ...readingMethods(reading),
    write: (columns) =>
      writing(async ({ images, tokens }) => {
        const rows = await (known ??= readKnownRows(images))
        const ids = columns.rows.map(({ id }) => id)
        const keys = rows.takeKeys(ids.length)
        // Tokens that no row names count for nothing: the commit of the rows is what keeps both.
        await tokens?.add(toTokens(columns, keys, layout))
        const added = toImages(columns, keys, layout)
        // Adding is faster, and is nearly always what is to be done.
        if ((await rows.count(ids)) === 0) await images.add(added)
        else await images.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(added)
        rows.add(ids)
      }),
    relabel: (changes) =>
      writing(async ({ images }) => {
        await relabelImages(images, changes)
        if (known) (await known).add(changes.map(({ to }) => to.id))
      }),
    remove: (positions) =>
      writing(async ({ images, tokens }) => {
        await deleteKeys(images, positions)
        // The rows have left; tokens that stay count for nothing, and go when the store is opened for writing.
        if (tokens) await deleteKeys(tokens, positions).catch(() => {})
      }),
    refresh: () =>
      guarded('read', async () => {
        if (writable) return
        await view.head.checkoutLatest()
        const migrated = (await view.head.schema()).metadata.get('dinokit') !== JSON.stringify(view.layout)
        if (migrated) view = viewOf(await reopen())
        else await catchUp(view)
        forget(view)
      }),
    async optimize(asked) {
      await writing(async ({ head, images, tokens }) => {
        await sweepTokens(view)
        await indexTables(images, layout, asked)
        const cleanupOlderThan = new Date(Date.now() - KEPT_MS)
        for (const table of new Set([images, tokens, head])) await table?.optimize({ cleanupOlderThan })
      })
      const { kind } = await backend.searchIndex({})
      if (kind !== 'flat') {
        const recall = await measureRecall(backend)
        await writing((tables) => keepRecall(tables, kind, recall))
      }
      return backend.searchIndex({})
    },
    async close() {
      const { head, images, tokens } = view
      for (const table of new Set([images, tokens, head])) table?.close()
      await release()
    },
  }
  return backend
}

function forget({ imagesIndex, tokensIndex, searched }: View): void {
  imagesIndex.forget()
  tokensIndex?.forget()
  delete searched.index
  searched.counts = new Map()
}

/** Way of an approximate search of some rows. */
async function wayFor(view: View, filter: RowFilter): Promise<SearchWay | undefined> {
  const { images, searched } = view
  // Of this time alone: what is counted while rows change is forgotten with it.
  const { counts } = searched
  const count = async (sql?: string): Promise<number> => {
    const known = counts.get(sql)
    if (known !== undefined) return known
    const rows = await images.countRows(sql)
    if (counts.size >= MOST_COUNTS) counts.clear()
    counts.set(sql, rows)
    return rows
  }
  return chooseWay(await (searched.index ??= readTableIndex(view)), filter, count)
}

function readingMethods(
  reading: <T>(work: (view: View) => Promise<T>) => Promise<T>,
): Pick<StoreBackend, 'count' | 'positions' | 'find' | 'read' | 'searchIndex' | 'nearest'> {
  return {
    count: (filter) => reading(({ images }) => images.countRows(filterSql(filter))),
    positions: (filter) =>
      reading(async ({ images, imagesIndex, keyed }) => {
        const sql = filterSql(filter)
        if (sql === undefined) return imagesIndex.keys()
        const column = keyed ? KEY : '_rowid'
        const found = await images
          .query()
          .where(sql)
          .select(keyed ? [KEY] : [])
          .withRowId()
          .toArrow()
        return numbersOf(found, column).sort()
      }),
    find: (ids) => reading((view) => (ids.length > MANY_IDS ? findAmongAll(view, ids) : findFew(view, ids))),
    read: (positions, fields, tensors) => reading((view) => readRows(view, positions, fields, tensors)),
    searchIndex: (filter) => reading(async (view) => describeWay(await wayFor(view, filter))),
    nearest: (queries, { approximate, ...options }) =>
      reading(async (view) => nearestRows(view, queries, { ...options, way: approximate ? await wayFor(view, options) : undefined })),
  }
}

/** Reads of each table only what is wanted of it. */
async function readRows(
  view: View,
  positions: readonly number[],
  fields: readonly RowField[],
  tensors: readonly string[],
): Promise<ReadColumns> {
  const { images, tokens, imagesIndex, tokensIndex, layout } = view
  const isApart = (tensor: string): boolean => tokens !== undefined && tensor !== searchedTensor(layout)
  const [near, apart] = [tensors.filter((tensor) => !isApart(tensor)), tensors.filter(isApart)]
  const take = async (table: Table, index: RowIndex, own: readonly RowField[], names: readonly string[]): Promise<ReadColumns> => {
    const rowIds = await index.rowIds(positions)
    const query = table.takeRowIds(rowIds.map(BigInt)).select([...own, ...names.map(columnOf)])
    return fromArrow(await query.withRowId().toArrow(), rowIds, { fields: own, tensors: names }, layout)
  }
  const nothing: ReadColumns = { rows: positions.map(() => ({})), tensors: {} }
  const [info, rest] = await Promise.all([
    fields.length + near.length > 0 ? take(images, imagesIndex, fields, near) : nothing,
    apart.length > 0 ? take(tokens!, tokensIndex!, [], apart) : nothing,
  ])
  return { rows: info.rows, tensors: { ...info.tensors, ...rest.tensors } }
}
