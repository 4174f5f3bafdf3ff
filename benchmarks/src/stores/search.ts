import { ROW_FIELDS, SEARCH_INDEX_KINDS, type RowField, type RowFilter, type SearchIndexKind, type Store } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { connect } from '@lancedb/lancedb'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../lib/median.ts'
import { table } from '../lib/table.ts'
import { createRowMaker, madeLayout, madeVector } from './made-rows.ts'
import { realRows } from './real-rows.ts'

const QUERIES = 100
/** Passes over all queries before any is timed, and passes that are timed. */
const [WARM, ROUNDS] = [3, 5]
/** Fields that are asked for, by what their columns are called: all, and ids alone. */
const ASKED: Readonly<Record<string, readonly RowField[]>> = { all: ROW_FIELDS, ids: ['id'] }
const TIMES = Object.keys(ASKED).flatMap((name) => ['median ms', 'p95 ms', 'cpu ms'].map((title) => `${name}: ${title}`))
const APPENDED = 5000
/** Rows up to which every kind of index is measured. */
const ALL_KINDS = 200_000

/** Options of {@link searchTables}. */
export interface SearchBenchOptions {
  /** Number of rows. */
  readonly rows: number
  /** A store of real class tokens that rows are made from. Default: images of ../shared are embedded. */
  readonly real?: string
  /** Kinds of indexes. Default: all up to 200,000 rows, beyond what `optimize` chooses. */
  readonly indexes?: readonly SearchIndexKind[]
}

/**
 * Approximate search of rows that are made from real class tokens: of each kind of index the time that it takes to make, its bytes, the
 * time of a query (100, warm, one at a time; the median of five passes; in `cpu` its processor time), first for all that is known of the
 * ten rows, as a search tells where nothing is said, then for their ids alone (`fields: ['id']`); recall@10 of vectors that are no rows and of
 * real rows, and what `optimize` said. Then the same of filters, by the kind that is chosen for so many rows, or the last that was named.
 *
 * @param options - rows, kinds
 */
export async function* searchTables({ rows, real: path, indexes }: SearchBenchOptions): AsyncGenerator<string, void, undefined> {
  const real = await realRows(path)
  const { dim, data } = real
  const count = data.length / dim
  const vectorOf = (row: number): Float32Array => (row < count ? data.slice(row * dim, (row + 1) * dim) : madeVector(real, row, 0))
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  try {
    const store = await openLanceStore(folder, { layout: madeLayout(dim) })
    const makeRow = createRowMaker(real)
    for (let start = 0; start < rows; start += APPENDED)
      await store.append(Array.from({ length: Math.min(APPENDED, rows - start) }, (_, i) => makeRow(start + i, vectorOf(start + i))))
    const made = Array.from({ length: QUERIES }, (_, i) => madeVector(real, i, 1))
    const own = Array.from({ length: QUERIES }, (_, i) => vectorOf(Math.floor((i * count) / QUERIES)))
    const kinds = indexes ?? (rows <= ALL_KINDS ? SEARCH_INDEX_KINDS : [undefined])
    const lines = [['index', 'made in', 'MB', ...TIMES, 'recall@10', 'of real rows', 'said', 'resident MB']]
    for (const index of kinds) lines.push(await measureKind(store, folder, { index, made, own }))
    yield `${rows} vectors of ${dim} numbers, ${count} of them real\n${table(lines)}`
    const filters: readonly (readonly [string, RowFilter])[] = [
      ['half of the labels', { label: Array.from({ length: 50 }, (_, i) => `class ${2 * i}`) }],
      ['5 % (a split)', { split: 'test' }],
      ['0.5 % (a split)', { split: 'held out' }],
      ['the half that is like one image', { label: Array.from({ length: 50 }, (_, i) => `class ${i}`) }],
    ]
    // By the index that is chosen where none is named.
    if (indexes === undefined && kinds.length > 1) await store.optimize()
    const filtered = [['filter', 'rows', 'search', ...TIMES, 'recall@10']]
    for (const [name, filter] of filters) {
      const { kind } = await store.searchIndex(filter)
      const { times, recall } = await measure(store, made, filter)
      filtered.push([name, String(await store.count(filter)), kind, ...times, recall.toFixed(3)])
    }
    yield `By filters\n${table(filtered)}`
    await store.close()
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface KindJob {
  readonly index: SearchIndexKind | undefined
  readonly made: readonly Float32Array[]
  readonly own: readonly Float32Array[]
}

async function measureKind(store: Store, folder: string, { index, made, own }: KindJob): Promise<string[]> {
  const started = performance.now()
  const said = await store.optimize(index === undefined ? {} : { index })
  const seconds = (performance.now() - started) / 1000
  const { times, recall } = await measure(store, made)
  const memory = process.memoryUsage().rss / 1e6
  const ofReal = (await measure(store, own)).recall
  const indices = await (await (await connect(folder)).openTable('images')).listIndices()
  const bytes = indices.find(({ columns }) => columns.includes('cls'))?.sizeBytes ?? 0
  return [
    said.kind,
    `${seconds.toFixed(0)} s`,
    (bytes / 1e6).toFixed(0),
    ...times,
    ...[recall, ofReal, said.recall ?? NaN].map((share) => share.toFixed(3)),
    memory.toFixed(0),
  ]
}

/** Times of one way to ask: milliseconds of every pass in order of size, and milliseconds of the processor of all. */
interface AskedTimes {
  readonly passes: number[][]
  cpu: number
}

async function measure(
  store: Store,
  queries: readonly Float32Array[],
  filter: RowFilter = {},
): Promise<{ readonly times: readonly string[]; readonly recall: number }> {
  const find = async (data: Float32Array, approximate: boolean, fields: readonly RowField[] = ['id']): Promise<string[]> =>
    (await store.search({ dtype: 'float32', data, shape: [data.length] }, { ...filter, top: 10, fields, approximate })).map(({ id }) => id)
  const asked = Object.values(ASKED)
  for (let pass = 0; pass < WARM; pass++) for (const query of queries) for (const fields of asked) await find(query, true, fields)
  const measured = asked.map((): AskedTimes => ({ passes: [], cpu: 0 }))
  let found: string[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    found = []
    for (const { passes } of measured) passes.push([])
    // One way after the other, query by query: what else the machine does meets both.
    for (const query of queries) {
      let ids: string[] = []
      for (const [way, fields] of asked.entries()) {
        const [started, used] = [performance.now(), process.cpuUsage()]
        ids = await find(query, true, fields)
        measured[way]!.passes[round]!.push(performance.now() - started)
        const { user, system } = process.cpuUsage(used)
        measured[way]!.cpu += (user + system) / 1000
      }
      found.push(ids)
    }
    for (const { passes } of measured) passes[round]!.sort((a, b) => a - b)
  }
  let hits = 0
  for (const [index, query] of queries.entries()) {
    const exact = new Set(await find(query, false))
    hits += found[index]!.filter((id) => exact.has(id)).length
  }
  const times = measured.flatMap(({ passes, cpu }) => [
    median(passes.map((pass) => median(pass))),
    median(passes.map((pass) => pass[Math.floor(queries.length * 0.95)]!)),
    cpu / ROUNDS / queries.length,
  ])
  return { times: times.map((ms) => ms.toFixed(1)), recall: hits / queries.length / 10 }
}
