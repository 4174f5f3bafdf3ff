import { tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { Neighbor, RowFilter, Store, StoreRow } from '@dinokit/store'
import { makeLayout, makeRow } from '@dinokit/store/testing'
import { connect, Index } from '@lancedb/lancedb'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLanceStore } from '../open-lance-store.ts'
import { readTableIndex } from './search-index.ts'

const [COUNT, DIM] = [300, 16]
const layout = makeLayout({ tensors: { cls: [DIM] } })
const random = createRandom(3)
const vectors = Array.from({ length: COUNT + 2 }, () =>
  tensor(
    'float32',
    Float32Array.from({ length: DIM }, () => random.uniform(-1, 1)),
    [DIM],
  ),
)

let folder: string
let count = 0
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-index-'))))
afterAll(() => rm(folder, { recursive: true }))

async function filled(rows = COUNT): Promise<Store> {
  const store = await openLanceStore(join(folder, `store${count++}`), { layout })
  await store.append(vectors.slice(0, rows).map((cls, i) => makeRow(layout, i, { tensors: { cls } })))
  return store
}

const idsOf = (found: readonly Neighbor[]): string[] => found.map(({ id }) => id)
const both = async (store: Store, query: Tensor): Promise<{ readonly exact: string[]; readonly found: string[] }> => ({
  exact: idsOf(await store.search(query)),
  found: idsOf(await store.search(query, { approximate: true })),
})

test('makes every kind of index, says what it finds, finds rows that came later, and gives the index up for flat', async () => {
  await using store = await filled()
  expect(await store.optimize()).toEqual({ kind: 'flat', rows: 0, recall: 1 })
  for (const index of ['ivf-flat', 'ivf-pq', 'ivf-rq', 'hnsw-sq', 'hnsw-pq'] as const) {
    const made = await store.optimize({ index })
    expect(made).toMatchObject({ kind: index, rows: COUNT })
    // So few rows lie in fewer parts than are looked into; what is compared by codes is compared again by whole vectors.
    expect(made.recall, index).toBeGreaterThan(0.8)
    expect(made.recall, index).toBeLessThanOrEqual(1)
    await using reader = await openLanceStore(store.name)
    expect(await reader.searchIndex()).toEqual(made)
    // Few rows are compared one by one.
    expect(await reader.searchIndex({ split: 'val' })).toMatchObject({ kind: 'flat' })
    const { exact, found } = await both(reader, vectors[COUNT]!)
    expect(found.filter((id) => exact.includes(id)).length, index).toBeGreaterThanOrEqual(7)
  }
  await store.append([makeRow(layout, COUNT, { tensors: { cls: vectors[COUNT]! } })])
  expect((await both(store, vectors[COUNT]!)).found[0]).toBe(makeRow(layout, COUNT).id)
  expect(await store.searchIndex()).toMatchObject({ kind: 'hnsw-pq', rows: COUNT })
  expect(await store.optimize({ index: 'flat' })).toMatchObject({ kind: 'flat' })
  const { exact, found } = await both(store, vectors[COUNT + 1]!)
  expect(found).toEqual(exact)
})

test('filters rightly by indexes of splits and labels after rows are relabeled, replaced, added and removed', async () => {
  await using store = await filled()
  await store.optimize({ index: 'ivf-flat' })
  const row = (i: number, label: string): StoreRow => makeRow(layout, i, { label, split: 'new', tensors: { cls: vectors[i]! } })
  const cats = Array.from({ length: COUNT }, (_, i) => i).filter((i) => i % 3 === 0)
  const relabeled = cats.slice(0, 30)
  await store.relabel(
    relabeled.map((i) => ({ id: makeRow(layout, i).id, to: { id: makeRow(layout, i).id, source: 's', label: 'bird', split: 'new' } })),
  )
  await store.append([row(cats[40]!, 'bird'), row(COUNT, 'bird')])
  await store.remove([makeRow(layout, relabeled[0]!).id])
  const birds = [...relabeled.slice(1), cats[40]!, COUNT].map((i) => makeRow(layout, i).id).sort()
  const left = cats.filter((i) => !relabeled.includes(i) && i !== cats[40]).map((i) => makeRow(layout, i).id)
  for (const step of ['before', 'after'] as const) {
    if (step === 'after') await store.optimize({ index: 'ivf-flat' })
    for (const approximate of [false, true]) {
      const found = async (filter: RowFilter): Promise<string[]> =>
        idsOf(await store.search(vectors[1]!, { ...filter, approximate, top: COUNT })).sort()
      expect(await found({ label: 'bird' })).toEqual(birds)
      expect(await found({ split: 'new' })).toEqual(birds)
      expect(await found({ label: 'cat' })).toEqual(left.sort())
      expect(await found({ label: 'cat', split: 'new' })).toEqual([])
    }
    expect(await store.count({ label: ['bird', 'cat'] })).toBe(birds.length + left.length)
  }
})

test('rejects an index that needs more rows, saying how many there are, and one that is not known', async () => {
  await using store = await filled(20)
  for (const index of ['ivf-pq', 'hnsw-sq'] as const)
    await expect(store.optimize({ index })).rejects.toMatchObject({ code: 'invalid-option', details: { given: '20 rows' } })
  await expect(store.optimize({ index: 'annoy' as 'flat' })).rejects.toMatchObject({ code: 'invalid-option' })
  expect(await store.searchIndex()).toMatchObject({ kind: 'flat' })
})

test('knows how many bits an index of bits holds: four by now, one of an earlier release', async () => {
  const store = await filled()
  await store.optimize({ index: 'ivf-rq' })
  await store.close()
  const images = await (await connect(store.name)).openTable('images')
  expect(await readTableIndex({ images, layout })).toMatchObject({ told: { kind: 'ivf-rq', rows: COUNT }, bits: 4 })
  await images.createIndex('cls', { config: Index.ivfRq({ distanceType: 'cosine', numPartitions: 8 }) })
  expect(await readTableIndex({ images, layout })).toMatchObject({ told: { kind: 'ivf-rq', rows: COUNT }, bits: 1 })
  images.close()
  await using reader = await openLanceStore(store.name)
  const { exact, found } = await both(reader, vectors[COUNT]!)
  expect(found.filter((id) => exact.includes(id)).length).toBeGreaterThanOrEqual(7)
})

test('takes an index of an earlier release without a recall, and searches exactly past one of other distances or another kind', async () => {
  const store = await filled()
  await store.close()
  const images = await (await connect(store.name)).openTable('images')
  const remade = async (config: Index): Promise<{ readonly kind: string; readonly recall?: number }> => {
    await images.createIndex('cls', { config })
    await using reader = await openLanceStore(store.name)
    const { exact, found } = await both(reader, vectors[COUNT]!)
    expect(found).toEqual(exact)
    return await reader.searchIndex()
  }
  expect(await remade(Index.ivfFlat({ distanceType: 'cosine', numPartitions: 8 }))).toEqual({ kind: 'ivf-flat', rows: COUNT })
  expect(await remade(Index.ivfFlat({ distanceType: 'l2', numPartitions: 8 }))).toEqual({ kind: 'flat', rows: 0, recall: 1 })
  await images.updateFieldMetadata([{ path: 'cls', metadata: { 'dinokit.index': 'not JSON' } }])
  expect(await remade(Index.ivfFlat({ distanceType: 'cosine', numPartitions: 8 }))).toEqual({ kind: 'ivf-flat', rows: COUNT })
  images.close()
})
