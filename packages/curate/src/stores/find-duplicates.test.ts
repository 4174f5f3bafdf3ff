import { createMemoryStore, type Store, type StoreRow } from '@dinokit/store'
import { makeLayout, makeRow } from '@dinokit/store/testing'
import { createRandom } from '@dinokit/core/augment'
import { describe, expect, test } from 'vitest'
import { findDuplicates } from './find-duplicates.ts'

const DIM = 64
const layout = makeLayout({ tensors: { cls: [DIM] } })

/** A row of a vector, and an image of so many pixels a side. */
function rowOf(number: number, data: Float32Array, side = 100, changes: Partial<StoreRow> = {}): StoreRow {
  const row = makeRow(layout, number, { tensors: { cls: { dtype: 'float32', data, shape: [DIM] } } })
  return { ...row, id: `${number}.jpg`, placement: { ...row.placement, source: { width: side, height: side } }, ...changes }
}

/** Sixty rows that have much in common, of which the last ten are others with a little noise. */
async function storeOf(): Promise<Store> {
  const random = createRandom(3)
  const store = createMemoryStore(layout)
  const vectors: Float32Array[] = []
  for (let row = 0; row < 60; row++) {
    const other = vectors[row - 50]
    vectors.push(
      Float32Array.from({ length: DIM }, (_, i) => (other ? other[i]! + random.uniform(-0.05, 0.05) : 5 + random.uniform(-1, 1))),
    )
  }
  await store.append(vectors.map((data, row) => rowOf(row, data, row < 55 ? 100 : 200)))
  return store
}

describe('findDuplicates', () => {
  test('finds what is alike beside what all have in common, and keeps the largest, or the first', async () => {
    await using store = await storeOf()
    const { groups, measure, threshold, rows } = await findDuplicates(store)
    expect([measure, threshold, rows]).toEqual(['whitened', 0.7, 60])
    expect(groups.map(({ kept, duplicates }) => [kept.id, ...duplicates.map(({ row, kind }) => `${row.id} ${kind}`)])).toEqual(
      Array.from({ length: 10 }, (_, i) => (i < 5 ? [`${i}.jpg`, `${i + 50}.jpg near`] : [`${i + 50}.jpg`, `${i}.jpg near`])),
    )
    const first = await findDuplicates(store, { keep: 'first' })
    expect(first.groups.map(({ kept }) => kept.id)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}.jpg`))
    // Their cosines say nothing: all are alike by them.
    expect((await findDuplicates(store, { measure: 'cosine' })).groups).toMatchObject([{ duplicates: { length: 59 } }])
  })

  test('takes rows of a split alone, and names the splits where one is not there', async () => {
    await using store = createMemoryStore(layout)
    const data = Float32Array.from({ length: DIM }, (_, i) => i + 1)
    await store.append([rowOf(0, data, 9, { split: 'train' }), rowOf(1, data, 9, { split: 'train' }), rowOf(2, data, 9, { split: 'test' })])
    expect((await findDuplicates(store, { split: 'train' })).groups).toMatchObject([
      { kept: { id: '0.jpg' }, duplicates: [{ similarity: expect.closeTo(1, 6) as number }] },
    ])
    await expect(findDuplicates(store, { split: 'val' })).rejects.toMatchObject({
      code: 'invalid-option',
      details: { given: 'val', expected: 'one of test, train' },
    })
  })

  test('tells copies of a file from what is near, though all rows are equal', async () => {
    await using store = createMemoryStore(layout)
    const data = Float32Array.from({ length: DIM }, (_, i) => i + 1)
    const hash = 'a'.repeat(64)
    await store.append(Array.from({ length: 30 }, (_, i) => rowOf(i, data, 9, i < 2 ? { hash } : {})))
    const { groups, measure } = await findDuplicates(store)
    expect([measure, groups.length, groups[0]!.kept.id]).toEqual(['cosine', 1, '0.jpg'])
    expect(groups[0]!.duplicates.map(({ kind }) => kind)).toEqual(['same-file', ...Array.from({ length: 28 }, () => 'near')])
  })

  test('finds nothing in an empty store or in one row, and rejects a row without direction by its id', async () => {
    await using store = createMemoryStore(layout)
    expect((await findDuplicates(store)).groups).toEqual([])
    await store.append([rowOf(0, new Float32Array(DIM).fill(1))])
    expect((await findDuplicates(store)).groups).toEqual([])
    await store.append([rowOf(1, new Float32Array(DIM))])
    await expect(findDuplicates(store)).rejects.toMatchObject({
      code: 'tensor-invalid',
      message: expect.stringContaining('1.jpg') as string,
    })
    await expect(findDuplicates(store, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })
})
