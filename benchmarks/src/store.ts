import { findModelCard, fingerprintOf } from '@dinokit/core'
import type { Store, StoreLayout, StoreRow } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { connect } from '@lancedb/lancedb'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './lib/median.ts'
import { table } from './lib/table.ts'

const DIM = 384
const APPENDED = 1000
const CLUSTERS = 200
const QUERIES = 15
const TOP = 10

const LAYOUT: StoreLayout = {
  version: 2,
  fingerprint: fingerprintOf({ card: findModelCard('dinov2-small'), digest: '0', precision: 'float32' }),
  size: 224,
  dtype: 'float32',
  tensors: { cls: [DIM] },
}

/**
 * A store of many class tokens, in clusters as those of images are: appending, an epoch in shuffled batches, searching
 * (beside the engine's own query), approximate searching and its recall, and resident memory on the way.
 *
 * @param count - of rows
 * @param dtype - how numbers are kept
 */
export async function storeTable(count: number, dtype: StoreLayout['dtype'] = 'float32'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  try {
    const centers = Float32Array.from({ length: CLUSTERS * DIM }, normal)
    const rows = [['what', 'measured', 'to reach']]
    let store = await openLanceStore(folder, { layout: { ...LAYOUT, dtype } })
    const { seconds, processor, peak } = await append(store, centers, count)
    rows.push(
      ['append, rows a second', (count / seconds).toFixed(0), '10000'],
      ['  a second of processor time', (count / processor).toFixed(0), ''],
      ['resident memory while appending', megabytes(peak), ''],
    )
    rows.push(['an epoch in shuffled batches of 256', `${((await epoch(store)) / 1000).toFixed(2)} s`, ''])
    rows.push(['resident memory afterwards', megabytes(process.memoryUsage().rss), '1 GiB'])
    const queries = Array.from({ length: QUERIES }, (_, i) => token(centers, i * 13))
    rows.push(['exact top 10, median', `${(await searchTime(store, queries, false)).toFixed(1)} ms`, '80 ms'])
    rows.push(['  the engine’s own query', `${(await bareTime(folder, queries)).toFixed(1)} ms`, ''])
    const started = performance.now()
    await store.optimize()
    rows.push(['packing and indexing', `${((performance.now() - started) / 1000).toFixed(1)} s`, ''])
    await store.close()
    store = await openLanceStore(folder)
    rows.push(['exact top 10 when packed, median', `${(await searchTime(store, queries, false)).toFixed(1)} ms`, '80 ms'])
    rows.push(['approximate top 10, median', `${(await searchTime(store, queries, true)).toFixed(1)} ms`, '10 ms'])
    rows.push([`  of the exact ${TOP} it finds`, `${((await recall(store, queries)) * 100).toFixed(1)} %`, ''])
    await store.close()
    return `A store of ${count} class tokens of ${DIM}, ${dtype}, in LanceDB\n${table(rows)}`
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function append(store: Store, centers: Float32Array, count: number): Promise<{ seconds: number; processor: number; peak: number }> {
  let [seconds, processor, peak] = [0, 0, 0]
  for (let from = 0; from < count; from += APPENDED) {
    const rows = Array.from({ length: Math.min(APPENDED, count - from) }, (_, i) => makeRow(from + i, token(centers, from + i)))
    const [started, used] = [performance.now(), process.cpuUsage()]
    await store.append(rows)
    seconds += (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(used)
    processor += (user + system) / 1e6
    peak = Math.max(peak, process.memoryUsage().rss)
  }
  return { seconds, processor, peak }
}

async function epoch(store: Store): Promise<number> {
  const started = performance.now()
  let seen = 0
  for await (const { length } of store.iterate({ seed: 1, batch: 256, fields: ['label'], tensors: ['cls'] })) seen += length
  if (seen !== (await store.count())) throw new Error(`an epoch had ${seen} rows`)
  return performance.now() - started
}

async function searchTime(store: Store, queries: readonly Float32Array[], approximate: boolean): Promise<number> {
  const times: number[] = []
  for (const data of queries) {
    const started = performance.now()
    await store.search({ dtype: 'float32', data, shape: [DIM] }, { top: TOP, approximate })
    times.push(performance.now() - started)
  }
  return median(times)
}

async function bareTime(folder: string, queries: readonly Float32Array[]): Promise<number> {
  const rows = await (await connect(folder)).openTable('images')
  const times: number[] = []
  for (const query of queries) {
    const started = performance.now()
    await rows.query().nearestTo(query).distanceType('cosine').select(['id', '_distance']).limit(TOP).toArrow()
    times.push(performance.now() - started)
  }
  return median(times)
}

async function recall(store: Store, queries: readonly Float32Array[]): Promise<number> {
  let found = 0
  for (const data of queries) {
    const query = { dtype: 'float32' as const, data, shape: [DIM] }
    const exact = new Set((await store.search(query, { top: TOP })).map(({ id }) => id))
    found += (await store.search(query, { top: TOP, approximate: true })).filter(({ id }) => exact.has(id)).length
  }
  return found / (queries.length * TOP)
}

function makeRow(number: number, data: Float32Array): StoreRow {
  return {
    id: `photos/${number}.jpg`,
    source: `/photos/${number}.jpg`,
    hash: number.toString(16).padStart(64, '0'),
    label: `class ${number % CLUSTERS}`,
    split: 'train',
    placement: { source: SQUARE, resized: SQUARE, left: 0, top: 0, input: SQUARE },
    tensors: { cls: { dtype: 'float32', data, shape: [DIM] } },
  }
}

const SQUARE = { width: 224, height: 224 }

function token(centers: Float32Array, number: number): Float32Array {
  const start = (number % CLUSTERS) * DIM
  return Float32Array.from(centers.subarray(start, start + DIM), (value) => value + normal())
}

/** About a normal distribution: the sum of six. */
function normal(): number {
  let sum = -3
  for (let i = 0; i < 6; i++) sum += Math.random()
  return sum * Math.SQRT2
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
