import { fromFloat16 } from '@dinokit/checkpoint'
import { describe, expect, test } from 'vitest'
import type { StoreLayout } from '../contract/store-layout.ts'
import type { Store, StoreBatch, StoreRow } from '../contract/store.ts'
import { describeChanges } from './describe-changes.ts'
import { describeSearches } from './describe-searches.ts'
import { makeLayout, makeRow, makeRows } from './make-rows.ts'

/** Source of stores of a back end for the contract suite. */
export interface StoreUnderTest {
  /** An empty store, open for writing, of a name not used before. */
  readonly create: (layout: StoreLayout) => Promise<Store>
}

/** Describes what every store has to do, whatever keeps it. */
export function describeStore(name: string, { create }: StoreUnderTest): void {
  const layout = makeLayout()
  const ids = (batch: Pick<StoreBatch<'id'>, 'rows'>): string[] => batch.rows.map(({ id }) => id)
  const collect = async (batches: AsyncIterable<StoreBatch<'id'>>): Promise<string[]> => {
    const all: string[] = []
    for await (const batch of batches) all.push(...ids(batch))
    return all
  }
  const filled = async (rows: readonly StoreRow[], of = layout): Promise<Store> => {
    const store = await create(of)
    for (let start = 0; start < rows.length; start += 7) await store.append(rows.slice(start, start + 7))
    return store
  }

  describeChanges(name, create)
  describeSearches(name, create)
  describe(`the contract of stores: ${name}`, () => {
    test('gives back what went in: every field and every number, in the order asked for', async () => {
      const rows = makeRows(layout, 20)
      await using store = await filled(rows)
      const wanted = [rows[13]!, rows[2]!, rows[7]!]
      const batch = await store.get([rows[13]!.id, 'nobody', rows[2]!.id, rows[7]!.id])
      expect(batch.length).toBe(3)
      wanted.forEach(({ tensors, ...info }, index) => {
        expect(batch.rows[index]).toEqual(info)
        for (const [tensor, { data, shape }] of Object.entries(tensors)) {
          const found = batch.tensors[tensor]!
          expect(found.shape).toEqual([3, ...shape])
          expect(found.data.slice(index * data.length, (index + 1) * data.length)).toEqual(data)
        }
      })
    })

    test('halves the space by float16, keeps eleven bits, and rejects what it can’t hold', async () => {
      const half = makeLayout({ dtype: 'float16', tensors: { cls: [8] } })
      const rows = makeRows(half, 5)
      await using store = await filled(rows, half)
      const { tensors } = await store.get([rows[3]!.id])
      rows[3]!.tensors.cls!.data.forEach((value, i) => expect(Math.abs(tensors.cls!.data[i]! - value)).toBeLessThanOrEqual(2 ** -11))
      const stored = await store.getStored([rows[3]!.id, 'nobody'], { fields: ['id'] })
      expect([stored.length, stored.rows, stored.tensors.cls!.dtype, stored.tensors.cls!.shape]).toEqual([
        1,
        [{ id: rows[3]!.id }],
        'float16',
        [1, 8],
      ])
      expect(fromFloat16(stored.tensors.cls!.data as Uint16Array)).toEqual(tensors.cls!.data)
      expect((await store.getStored(['nobody'])).tensors.cls).toEqual({ dtype: 'float16', data: new Uint16Array(), shape: [0, 8] })
      const large = makeRow(half, 9, { tensors: { cls: { dtype: 'float32', data: new Float32Array(8).fill(70_000), shape: [8] } } })
      await expect(store.append([large])).rejects.toMatchObject({ code: 'tensor-invalid' })
      expect(await store.search(rows[3]!.tensors.cls!, { top: 1 })).toMatchObject([{ id: rows[3]!.id }])
    })

    test('replaces an id that is there, and touches no other row', async () => {
      const rows = makeRows(layout, 10)
      await using store = await filled(rows)
      const changed = makeRow(layout, 4, { hash: 'f'.repeat(64), label: 'bird', tensors: makeRow(layout, 99).tensors })
      await store.append([changed, makeRow(layout, 10)])
      expect(await store.count()).toBe(11)
      const { rows: found, tensors } = await store.get([changed.id, rows[5]!.id])
      expect(found[0]).toMatchObject({ label: 'bird', hash: 'f'.repeat(64) })
      expect(tensors.cls!.data.slice(0, 8)).toEqual(changed.tensors.cls!.data)
      expect(tensors.cls!.data.slice(8)).toEqual(rows[5]!.tensors.cls!.data)
      expect(new Set(await collect(store.iterate())).size).toBe(11)
      expect(await store.search(rows[4]!.tensors.cls!, { top: 11 })).toHaveLength(11)
      expect((await store.search(changed.tensors.cls!, { top: 1 }))[0]).toMatchObject({ id: changed.id })
    })

    test('gives batches in the order of coming: every row once, the last batch shorter', async () => {
      const rows = makeRows(layout, 25)
      await using store = await filled(rows)
      const lengths: number[] = []
      for await (const { length, tensors } of store.iterate({ batch: 10, tensors: ['cls', 'attention12'], fields: ['label'] })) {
        lengths.push(length)
        expect(Object.keys(tensors)).toEqual(['cls', 'attention12'])
        expect(tensors.attention12!.shape).toEqual([length, 2, 7, 7])
      }
      expect(lengths).toEqual([10, 10, 5])
      expect(await collect(store.iterate({ batch: 4 }))).toEqual(rows.map(({ id }) => id))
    })

    test('shuffles by a seed: the same for the same, another for another, every row once, with its own numbers', async () => {
      const rows = makeRows(layout, 40)
      await using store = await filled(rows)
      const first = await collect(store.iterate({ seed: 7, batch: 6 }))
      expect(await collect(store.iterate({ seed: 7, batch: 6 }))).toEqual(first)
      expect(await collect(store.iterate({ seed: 8, batch: 6 }))).not.toEqual(first)
      expect(first).not.toEqual(rows.map(({ id }) => id))
      expect(first.toSorted()).toEqual(rows.map(({ id }) => id).sort())
      const byId = new Map(rows.map((row) => [row.id, row]))
      for await (const { rows: some, tensors } of store.iterate({ seed: 3, batch: 6, tensors: ['layer3.cls'] }))
        some.forEach(({ id }, i) =>
          expect(tensors['layer3.cls']!.data.slice(i * 8, (i + 1) * 8)).toEqual(byId.get(id)!.tensors['layer3.cls']!.data),
        )
    })

    test('filters by split and by labels, also in searching and counting', async () => {
      const rows = makeRows(layout, 30)
      await using store = await filled(rows)
      const is = (test: (row: StoreRow) => boolean): string[] => rows.filter(test).map(({ id }) => id)
      expect(await collect(store.iterate({ split: 'val' }))).toEqual(is(({ split }) => split === 'val'))
      expect(await collect(store.iterate({ split: 'train', label: "dog's" }))).toEqual(
        is(({ split, label }) => split === 'train' && label === "dog's"),
      )
      expect(await store.count({ label: ['cat', "dog's"] })).toBe(20)
      expect(await store.count({ label: 'nobody' })).toBe(0)
      expect(await collect(store.iterate({ label: 'nobody' }))).toEqual([])
      const near = await store.search(rows[1]!.tensors.cls!, { top: 30, label: 'cat' })
      expect(near.map(({ id }) => id).sort()).toEqual(is(({ label }) => label === 'cat').sort())
    })

    test('finds the nearest by cosine, as sums in double precision find them', async () => {
      const rows = makeRows(layout, 60)
      await using store = await filled(rows)
      const query = Float32Array.from({ length: 8 }, (_, i) => Math.cos(i * 3.7))
      const cosine = (b: Float32Array): number => {
        const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
        return dot(query, b) / Math.sqrt(dot(query, query) * dot(b, b))
      }
      const expected = rows.map(({ id, tensors }) => ({ id, similarity: cosine(tensors.cls!.data) }))
      expected.sort((a, b) => b.similarity - a.similarity)
      const found = await store.search({ dtype: 'float32', data: query, shape: [8] }, { top: 12 })
      expect(found.map(({ id }) => id)).toEqual(expected.slice(0, 12).map(({ id }) => id))
      found.forEach(({ similarity }, i) => expect(similarity).toBeCloseTo(expected[i]!.similarity, 5))
      expect(found[0]).toMatchObject({ placement: { top: -16, source: { height: 480 } } })
      await store.optimize()
      expect((await store.search({ dtype: 'float32', data: query, shape: [8] }, { top: 3, approximate: true }))[0]!.id).toBe(
        expected[0]!.id,
      )
    })

    test('searches the embedding where it keeps one, and no longer the class token', async () => {
      const both = makeLayout({ tensors: { cls: [8], embedding: [16] } })
      const rows = makeRows(both, 30)
      await using store = await filled(rows, both)
      const [nearest] = await store.search(rows[17]!.tensors.embedding!, { top: 1 })
      expect(nearest).toMatchObject({ id: rows[17]!.id, similarity: expect.closeTo(1, 5) as number })
      expect((await store.get([rows[17]!.id])).tensors.cls!.data).toEqual(rows[17]!.tensors.cls!.data)
      await expect(store.search(rows[17]!.tensors.cls!)).rejects.toMatchObject({ code: 'tensor-invalid' })
    })

    test('rejects bad rows by id, and keeps nothing of their batch', async () => {
      await using store = await filled(makeRows(layout, 3))
      const with_ = (name: string, data: Float32Array, shape: number[]): StoreRow =>
        makeRow(layout, 5, { tensors: { ...makeRow(layout, 5).tensors, [name]: { dtype: 'float32', data, shape } } })
      const rest = { patches: makeRow(layout, 5).tensors.patches! }
      for (const [row, code] of [
        [with_('cls', new Float32Array(8).fill(NaN), [8]), 'tensor-invalid'],
        [with_('patches', new Float32Array(48).fill(Infinity), [2, 3, 8]), 'tensor-invalid'],
        [with_('patches', new Float32Array(48), [3, 2, 8]), 'tensor-invalid'],
        [makeRow(layout, 5, { tensors: rest }), 'tensor-missing'],
        [makeRow(layout, 4), 'invalid-option'],
      ] as const)
        await expect(store.append([makeRow(layout, 4), row])).rejects.toMatchObject({
          code,
          message: expect.stringContaining(row.id) as string,
        })
      expect(await store.count()).toBe(3)
    })

    test('rejects bad questions', async () => {
      await using store = await filled(makeRows(layout, 3))
      const vector = (data: number[]) => ({ dtype: 'float32' as const, data: Float32Array.from(data), shape: [data.length] })
      await expect(store.search(vector([1, 2]))).rejects.toMatchObject({ code: 'tensor-invalid' })
      await expect(store.search(vector(new Array<number>(8).fill(0)))).rejects.toMatchObject({ code: 'tensor-invalid' })
      await expect(store.search(vector(new Array<number>(8).fill(1)), { top: 0 })).rejects.toMatchObject({ code: 'invalid-option' })
      await expect(store.iterate({ batch: 0 }).next()).rejects.toMatchObject({ code: 'invalid-option' })
      await expect(store.iterate({ tensors: ['layer9.cls'] }).next()).rejects.toMatchObject({ code: 'tensor-missing' })
    })

    test('answers when it is empty, refuses when it is closed, and is closed twice safely; work can be canceled', async () => {
      const store = await create(layout)
      expect(await store.count()).toBe(0)
      expect(await collect(store.iterate({ seed: 1 }))).toEqual([])
      expect(await store.search(makeRow(layout, 1).tensors.cls!)).toEqual([])
      await store.append([])
      await store.append(makeRows(layout, 3))
      const iterating = store.iterate({ batch: 1, signal: AbortSignal.abort() })
      await expect(iterating.next()).rejects.toMatchObject({ code: 'aborted' })
      const appending = store.append(makeRows(layout, 3, 3))
      await Promise.all([store.close(), store.close()])
      await appending
      await expect(store.count()).rejects.toMatchObject({ code: 'disposed' })
      await expect(store.append(makeRows(layout, 1, 9))).rejects.toMatchObject({ code: 'disposed' })
    })
  })
}
