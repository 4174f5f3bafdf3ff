import { SEARCH_INDEX_KINDS, type RowFilter, type SearchIndexKind, type Store } from '@dinokit/store'
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
 * time of a query (100, warm, one at a time; the median of five passes; in `cpu` its processor time), recall@10 of vectors that are no rows and of real rows, and what
 * `optimize` said; then the same of filters, by the kind that is chosen for so many rows, or the last that was named.
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
    const lines = [['index', 'made in', 'MB', 'median ms', 'p95 ms', 'cpu ms', 'recall@10', 'of real rows', 'said', 'resident MB']]
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
    const filtered = [['filter', 'rows', 'search', 'median ms', 'p95 ms', 'cpu ms', 'recall@10']]
    for (const [name, filter] of filters) {
      const { kind } = await store.searchIndex(filter)
      const { middle, late, cpu, recall } = await measure(store, made, filter)
      filtered.push([name, String(await store.count(filter)), kind, ...[middle, late, cpu].map((ms) => ms.toFixed(1)), recall.toFixed(3)])
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
  const { middle, late, cpu, recall } = await measure(store, made)
  const memory = process.memoryUsage().rss / 1e6
  const ofReal = (await measure(store, own)).recall
  const indices = await (await (await connect(folder)).openTable('images')).listIndices()
  const bytes = indices.find(({ columns }) => columns.includes('cls'))?.sizeBytes ?? 0
  return [
    said.kind,
    `${seconds.toFixed(0)} s`,
    (bytes / 1e6).toFixed(0),
    ...[middle, late, cpu].map((ms) => ms.toFixed(1)),
    ...[recall, ofReal, said.recall ?? NaN].map((share) => share.toFixed(3)),
    memory.toFixed(0),
  ]
}

async function measure(
  store: Store,
  queries: readonly Float32Array[],
  filter: RowFilter = {},
): Promise<{ readonly middle: number; readonly late: number; readonly cpu: number; readonly recall: number }> {
  const find = async (data: Float32Array, approximate: boolean): Promise<string[]> =>
    (await store.search({ dtype: 'float32', data, shape: [data.length] }, { ...filter, top: 10, approximate })).map(({ id }) => id)
  for (let pass = 0; pass < WARM; pass++) for (const query of queries) await find(query, true)
  const passes: { readonly middle: number; readonly late: number }[] = []
  let found: string[][] = []
  const used = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round++) {
    found = []
    const times: number[] = []
    for (const query of queries) {
      const started = performance.now()
      found.push(await find(query, true))
      times.push(performance.now() - started)
    }
    times.sort((a, b) => a - b)
    passes.push({ middle: median(times), late: times[Math.floor(queries.length * 0.95)]! })
  }
  const { user, system } = process.cpuUsage(used)
  let hits = 0
  for (const [index, query] of queries.entries()) {
    const exact = new Set(await find(query, false))
    hits += found[index]!.filter((id) => exact.has(id)).length
  }
  return {
    middle: median(passes.map((pass) => pass.middle)),
    late: median(passes.map((pass) => pass.late)),
    cpu: (user + system) / 1000 / ROUNDS / queries.length,
    recall: hits / queries.length / 10,
  }
}
