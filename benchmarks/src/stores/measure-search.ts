// `npx tsx benchmarks/src/stores/measure-search.ts REAL.store 1000000`: approximate search of so many rows that are made from a store of
// real class tokens, as `dinokit index` makes it: time of indexing, of a query (100, warm, one at a time), recall, and memory.
import { openLanceStore } from '@dinokit/store-node'
import type { Store } from '@dinokit/store'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { madeRow, madeVector } from './made-rows.ts'

const QUERIES = 100
const APPENDED = 5000
const [path, rows] = [process.argv[2]!, Number(process.argv[3])]

const real = await openLanceStore(path)
const dim = real.layout.tensors.cls![0]!
const count = await real.count()
const data = new Float32Array(count * dim)
let at = 0
for await (const { tensors } of real.iterate({ fields: [], tensors: ['cls'], batch: 4096 })) {
  data.set(tensors.cls!.data, at)
  at += tensors.cls!.data.length
}
const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
try {
  const store = await openLanceStore(folder, { layout: { ...real.layout, tensors: { cls: [dim] } } })
  const vectorOf = (row: number): Float32Array => (row < count ? data.slice(row * dim, (row + 1) * dim) : madeVector({ data, dim }, row, 0))
  for (let start = 0; start < rows; start += APPENDED)
    await store.append(Array.from({ length: Math.min(APPENDED, rows - start) }, (_, i) => madeRow(start + i, vectorOf(start + i))))
  const started = performance.now()
  await store.optimize()
  console.log(`packed and indexed in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  const made = Array.from({ length: QUERIES }, (_, i) => madeVector({ data, dim }, i, 1))
  const own = Array.from({ length: QUERIES }, (_, i) => vectorOf(Math.floor((i * count) / QUERIES)))
  await measure(store, 'vectors that are no rows', made)
  await measure(store, 'real rows', own)
  await store.close()
} finally {
  await real.close()
  await rm(folder, { recursive: true })
}

async function measure(store: Store, name: string, queries: readonly Float32Array[]): Promise<void> {
  const find = async (vector: Float32Array, approximate: boolean): Promise<string[]> =>
    (await store.search({ dtype: 'float32', data: vector, shape: [dim] }, { top: 10, approximate })).map(({ id }) => id)
  for (const query of queries) await find(query, true)
  const times: number[] = []
  const found: string[][] = []
  for (const query of queries) {
    const started = performance.now()
    found.push(await find(query, true))
    times.push(performance.now() - started)
  }
  const memory = process.memoryUsage().rss / 1e6
  let hits = 0
  for (const [index, query] of queries.entries()) {
    const exact = new Set(await find(query, false))
    hits += found[index]!.filter((id) => exact.has(id)).length
  }
  times.sort((a, b) => a - b)
  const [middle, late] = [times[Math.floor(QUERIES / 2)]!, times[Math.floor(QUERIES * 0.95)]!]
  console.log(
    `${name}: median ${middle.toFixed(1)} ms, p95 ${late.toFixed(1)} ms, recall@10 ${(hits / QUERIES / 10).toFixed(3)}, ${memory.toFixed(0)} MB`,
  )
}
