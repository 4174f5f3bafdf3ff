import { createMemoryStore, type Store } from '@dinokit/store'
import { makeLayout, makeRow } from '@dinokit/store/testing'
import { createRandom } from '@dinokit/core/augment'
import { describe, expect, test } from 'vitest'
import { findClusters, labelClusters } from './find-clusters.ts'
import { findDuplicates } from './find-duplicates.ts'
import { findLeaks } from './find-leaks.ts'
import { mapStore } from './map-store.ts'
import { findOutliers, selectDiverse } from './select-rows.ts'

const DIM = 8
const layout = makeLayout({ tensors: { cls: [DIM] } })
const [FEW, MANY] = [30, 3]

/** A store of rows of these vectors; every fifth of the split `val`, the others of `train`. */
async function storeOf(vectors: readonly Float32Array[]): Promise<Store> {
  const store = createMemoryStore(layout)
  await store.append(
    vectors.map((data, row) => ({
      ...makeRow(layout, row, { tensors: { cls: { dtype: 'float32', data, shape: [DIM] } } }),
      id: `${row}.jpg`,
    })),
  )
  return store
}

const equal = (count: number): Float32Array[] => Array.from({ length: count }, () => new Float32Array(DIM).fill(0.7))
function different(count: number): Float32Array[] {
  const random = createRandom(4)
  return Array.from({ length: count }, () => Float32Array.from({ length: DIM }, () => random.uniform(-1, 1)))
}

/** All that is done with a store, and the number of rows, groups, pairs or clusters that it tells of. */
const WORK: readonly (readonly [name: string, work: (store: Store, options: object) => Promise<number>])[] = [
  ['findDuplicates', async (store, options) => (await findDuplicates(store, options)).groups.length],
  ['findClusters', async (store, options) => (await findClusters(store, MANY, options)).clusters.length],
  ['findOutliers', async (store, options) => (await findOutliers(store, options)).length],
  ['selectDiverse', async (store, options) => (await selectDiverse(store, MANY, options)).length],
  ['mapStore', async (store, options) => (await mapStore(store, options)).rows.length],
]

describe('a store that says little', () => {
  test.each(WORK)('is told of as it is: %s of no rows, and of a label that nobody has', async (_, work) => {
    await using empty = await storeOf([])
    expect(await work(empty, {})).toBe(0)
    await using full = await storeOf(different(FEW))
    expect(await work(full, { label: 'nobody’s' })).toBe(0)
  })

  test.each([
    ['findDuplicates', 0],
    ['findClusters', 'invalid-option'],
    ['findOutliers', 0],
    ['selectDiverse', 1],
    ['mapStore', 1],
  ] as const)('of one row: %s', async (name, expected) => {
    await using store = await storeOf(different(1))
    const done = WORK.find(([one]) => one === name)![1](store, {})
    if (typeof expected === 'number') expect(await done).toBe(expected)
    else await expect(done).rejects.toMatchObject({ code: expected, details: { expected: 'at most 1' } })
  })

  test.each([
    ['findDuplicates', 1],
    ['findClusters', 1],
    ['findOutliers', FEW],
    ['selectDiverse', MANY],
    ['mapStore', FEW],
  ] as const)('of rows that are all equal: %s', async (name, expected) => {
    await using store = await storeOf(equal(FEW))
    expect(await WORK.find(([one]) => one === name)![1](store, { method: 'pca' })).toBe(expected)
  })

  test.each(WORK)('is refused by the id of a row of NaN, and by the splits that are there: %s', async (_, work) => {
    await using store = await storeOf(different(FEW))
    await expect(work(store, { split: 'nobody’s' })).rejects.toMatchObject({
      code: 'invalid-option',
      details: { expected: 'one of train, val' },
    })
    const broken = withNaN(store)
    await expect(work(broken, {})).rejects.toMatchObject({
      code: 'tensor-invalid',
      message: expect.stringContaining('3.jpg has no direction.') as string,
      details: { given: 'NaN or infinity' },
    })
    await expect(work(store, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })
})

/** A store with NaN in its fourth row: append would refuse it, a damaged file may have it. */
function withNaN(store: Store): Store {
  return {
    ...store,
    async *iterate(options) {
      for await (const batch of store.iterate(options)) {
        if (batch.tensors.cls) batch.tensors.cls.data[3 * DIM] = NaN
        yield batch
      }
    },
  }
}

describe('findLeaks', () => {
  test('finds none between splits without a pair, and refuses splits that are not there, the same, or empty stores', async () => {
    await using store = await storeOf(different(FEW))
    expect((await findLeaks(store, { test: 'val', measure: 'cosine', threshold: 1 })).leaks).toEqual([])
    await expect(findLeaks(store)).rejects.toMatchObject({
      code: 'invalid-option',
      details: { given: 'test', expected: 'one of train, val' },
    })
    await expect(findLeaks(store, { test: 'train' })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(findLeaks(withNaN(store), { test: 'val' })).rejects.toMatchObject({
      code: 'tensor-invalid',
      message: expect.stringContaining('4.jpg has no direction.') as string,
    })
    await using empty = await storeOf([])
    await expect(findLeaks(empty)).rejects.toMatchObject({
      code: 'invalid-option',
      details: { expected: 'a split; no row of this store has one' },
    })
    await using same = await storeOf(equal(FEW))
    expect((await findLeaks(same, { test: 'val' })).leaks).toHaveLength((FEW / 5) * (FEW - FEW / 5))
  })
})

describe('findClusters', () => {
  test('numbers clusters by size, names the row in the middle, and labels rows that have no label of their own', async () => {
    // Three blobs of 12, 6 and 3 rows along three axes.
    const sizes = [12, 6, 3]
    const vectors = sizes.flatMap((size, axis) =>
      Array.from({ length: size }, (_, place) =>
        Float32Array.from({ length: DIM }, (_, i) => (i === axis ? 1 : i === 4 ? 0.02 * (place - size / 3) : 0)),
      ),
    )
    await using store = await storeOf(vectors)
    const { clusters, settled, measure, inertia } = await findClusters(store, 3)
    expect([clusters.map(({ rows }) => rows.length), clusters.map(({ number }) => number)]).toEqual([sizes, [1, 2, 3]])
    expect([settled, measure, inertia < 0.1]).toEqual([true, 'cosine', true])
    for (const { medoid, rows } of clusters) {
      expect(rows[0]!.row).toBe(medoid)
      expect(rows.map(({ distance }) => distance)).toEqual(rows.map(({ distance }) => distance).sort((a, b) => a - b))
    }
    expect(await findClusters(store, 3)).toEqual({ clusters, settled, measure, inertia, rounds: expect.any(Number) as number })

    // Two of three rows have a label of their own.
    const before = (await store.get(['2.jpg', '3.jpg', '4.jpg'])).rows
    expect(await labelClusters(store, { ...(await findClusters(store, 3)) })).toEqual({ labeled: 7, left: 14 })
    const after = (await store.get(['2.jpg', '3.jpg', '4.jpg'])).rows
    expect(after).toEqual([{ ...before[0]!, label: 'cluster 1' }, before[1], before[2]])
    expect(before[0]!.annotation).toBeDefined()
    // Labels of clusters are replaced by those of others.
    expect(await labelClusters(store, await findClusters(store, 1))).toEqual({ labeled: 7, left: 14 })
    expect(await store.count({ label: 'cluster 1' })).toBe(7)
  })

  test('rejects invalid numbers', async () => {
    await using store = await storeOf(different(FEW))
    for (const count of [0, -1, 1.5, NaN, FEW + 1])
      await expect(findClusters(store, count)).rejects.toMatchObject({ code: 'invalid-option' })
    for (const options of [{ rounds: 0 }, { seed: -1 }])
      await expect(findClusters(store, 2, options)).rejects.toMatchObject({ code: 'invalid-option' })
  })
})
