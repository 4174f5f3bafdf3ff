import { createRandom } from '@dinokit/core/augment'
import { findModelCard, fingerprintOf } from '@dinokit/core'
import type { StoreRow } from '@dinokit/store'
import { deleteWebStore, openWebStore } from '@dinokit/store-web'
import { median } from '../lib/median.ts'
import { table } from '../lib/table.ts'
import { oneByOne, timed } from '../lib/ways.ts'

const DIM = 384
const APPENDED = 5000
const QUERIES = 20
const TOP = 10
const NAME = 'dinokit bench'
const SQUARE = { width: 224, height: 224 }

/**
 * Exact search of a store in the browser, in its worker: the first search, which reads all vectors, then one query at a time, many in one
 * call, and a label of ten; and whether the neighbors are those that plain loops find.
 *
 * @param count - of rows of 384 numbers
 */
export async function storeSearchTable(count: number): Promise<string> {
  await deleteWebStore(NAME)
  const fingerprint = fingerprintOf({ card: findModelCard('dinov2-small'), digest: '0', precision: 'float32' })
  await using store = await openWebStore(NAME, {
    layout: { version: 2, fingerprint, size: 224, dtype: 'float32', tensors: { cls: [DIM] } },
  })
  const data = new Float32Array(count * DIM)
  const random = createRandom(1)
  for (let i = 0; i < data.length; i++) data[i] = random.uniform(-1, 1)
  for (let start = 0; start < count; start += APPENDED)
    await store.append(
      Array.from({ length: Math.min(APPENDED, count - start) }, (_, i) =>
        madeRow(start + i, data.slice((start + i) * DIM, (start + i + 1) * DIM)),
      ),
    )
  const queries = Array.from(
    { length: QUERIES },
    () => ({ dtype: 'float32', data: Float32Array.from({ length: DIM }, () => random.uniform(-1, 1)), shape: [DIM] }) as const,
  )
  const [first] = await timed(1, () => store.search(queries[0]!, { top: TOP }))
  const each: number[] = []
  let right = 0
  for (const query of queries) {
    let ids: string[] = []
    each.push(...(await timed(1, async () => void (ids = (await store.search(query, { top: TOP })).map(({ id }) => id)))))
    if (ids.join() === nearest(data, query.data).join()) right++
  }
  const [many] = await timed(QUERIES, () => store.searchMany(queries, { top: TOP }))
  await store.search(queries[0]!, { top: TOP, label: 'class 3' })
  const labeled = await oneByOne(queries, (query) => store.search(query, { top: TOP, label: 'class 3' }))()
  const ms = (value: number): string => value.toFixed(1)
  const late = each.toSorted((a, b) => a - b)[Math.floor(QUERIES * 0.95)]!
  return `A store in the browser: exact search of ${count} vectors of ${DIM} numbers, ms\n${table([
    ['', 'ms'],
    ['the first search', ms(first)],
    ['one query, median', ms(median(each))],
    ['one query, least', ms(Math.min(...each))],
    ['one query, p95', ms(late)],
    [`a query of ${QUERIES} in one call`, ms(many)],
    ['one query of a label of ten, median', ms(median(labeled))],
    ['neighbors as plain loops find them', `${right} of ${QUERIES}`],
  ])}`
}

function nearest(data: Float32Array, query: Float32Array): string[] {
  const scored = Array.from({ length: data.length / DIM }, (_, row) => {
    let [dot, square] = [0, 0]
    for (let i = 0; i < DIM; i++) {
      const value = data[row * DIM + i]!
      dot += value * query[i]!
      square += value * value
    }
    return { row, similarity: dot / Math.sqrt(square) }
  })
  return scored
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, TOP)
    .map(({ row }) => `photos/${row}.jpg`)
}

function madeRow(number: number, data: Float32Array): StoreRow {
  return {
    id: `photos/${number}.jpg`,
    source: `/photos/${number}.jpg`,
    hash: number.toString(16).padStart(64, '0'),
    label: `class ${number % 10}`,
    split: 'train',
    placement: { source: SQUARE, resized: SQUARE, left: 0, top: 0, input: SQUARE },
    tensors: { cls: { dtype: 'float32', data, shape: [DIM] } },
  }
}
