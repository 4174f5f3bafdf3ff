import { ROW_FIELDS, type Neighbour, type RowInfo, type StoreBackend, type StoreLayout } from '@dinokit/store'
import { Index, type Table } from '@lancedb/lancedb'
import { columnOf, fromArrow, readInfo, toArrow } from './arrow-rows.ts'
import { filterSql, isIn } from './filter-sql.ts'
import { createIdFilter, type IdFilter } from './id-filter.ts'
import { lanceError } from './lance-error.ts'

/** Ids of one question to the table. */
const IDS = 1000
/** Below so many rows an index would not be faster. */
const LEAST_INDEXED = 4096
/** Parts of the index that are looked into. */
const PROBES = 20
/** Versions that others may still be reading. */
const KEPT_MS = 24 * 60 * 60 * 1000

/** The Lance table of a store, as a back end. */
export function createLanceBackend(
  name: string,
  layout: StoreLayout,
  table: Table,
  writable: boolean,
  release: () => Promise<void>,
): StoreBackend {
  const reading = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((cause: unknown) => Promise.reject(lanceError(name, cause, 'read')))
  const writing = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((cause: unknown) => Promise.reject(lanceError(name, cause, 'write')))
  let filter: Promise<IdFilter> | undefined
  return {
    name,
    layout,
    writable,
    count: (filter) => reading(() => table.countRows(filterSql(filter))),
    positions: (filter) =>
      reading(async () => {
        const query = table.query().select([]).withRowId()
        const sql = filterSql(filter)
        const found = await (sql === undefined ? query : query.where(sql)).toArrow()
        // Where nothing is found there are no columns either.
        return Float64Array.from((found.getChild('_rowid')?.toArray() ?? []) as BigUint64Array, Number).sort()
      }),
    find: (ids) =>
      reading(async () => {
        const found = new Map<string, number>()
        for (let start = 0; start < ids.length; start += IDS) {
          const some = isIn('id', ids.slice(start, start + IDS))
          const rows = await table.query().where(some).select(['id']).withRowId().toArrow()
          const [column, position] = [rows.getChild('id'), rows.getChild('_rowid')]
          for (let i = 0; i < rows.numRows; i++) found.set(column!.get(i) as string, Number(position!.get(i)))
        }
        return found
      }),
    read: (positions, fields, tensors) =>
      reading(async () => {
        const columns = [...fields, ...tensors.map(columnOf)]
        const rows = await table.takeRowIds(positions.map(BigInt)).select(columns).withRowId().toArrow()
        return fromArrow(rows, positions, fields, tensors, layout)
      }),
    write: (columns) =>
      writing(async () => {
        const rows = toArrow(columns, layout)
        const ids = columns.rows.map(({ id }) => id)
        const known = await (filter ??= readIds(table))
        // Adding is faster, and is nearly always what is to be done.
        const suspects = ids.filter((id) => known.mayHave(id))
        if ((await countKnown(table, suspects)) === 0) await table.add(rows)
        else await table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows)
        for (const id of ids) known.add(id)
      }),
    nearest: (query, { top, approximate, ...filter }) =>
      reading(async () => {
        const search = table.query().nearestTo(query).column('cls').distanceType('cosine').limit(top)
        const sql = filterSql(filter)
        if (sql !== undefined) search.where(sql)
        if (approximate) search.nprobes(PROBES)
        else search.bypassVectorIndex()
        const found = await search.select([...ROW_FIELDS, '_distance']).toArrow()
        const distance = found.getChild('_distance')
        return readInfo(found, ROW_FIELDS).map((info, i): Neighbour => ({
          ...(info as RowInfo),
          similarity: 1 - (distance!.get(i) as number),
        }))
      }),
    optimize: () =>
      writing(async () => {
        await table.createIndex('id', { config: Index.btree() })
        const rows = await table.countRows()
        if (rows >= LEAST_INDEXED) await table.createIndex('cls', { config: ivf(rows) })
        await table.optimize({ cleanupOlderThan: new Date(Date.now() - KEPT_MS) })
      }),
    async close() {
      table.close()
      await release()
    },
  }
}

/** The ids that are there, in a form that does not grow with them: looking for each in the table would take longer and longer. */
async function readIds(table: Table): Promise<IdFilter> {
  const filter = createIdFilter()
  for await (const batch of table.query().select(['id'])) for (const id of batch.getChild('id') ?? []) filter.add(id as string)
  return filter
}

async function countKnown(table: Table, ids: readonly string[]): Promise<number> {
  let known = 0
  for (let start = 0; start < ids.length; start += IDS) known += await table.countRows(isIn('id', ids.slice(start, start + IDS)))
  return known
}

/** Whole vectors in as many parts as each has rows, so that the answer's numbers are exact. */
function ivf(rows: number): Index {
  return Index.ivfFlat({ distanceType: 'cosine', numPartitions: Math.round(Math.sqrt(rows)), sampleRate: 64, maxIterations: 20 })
}
