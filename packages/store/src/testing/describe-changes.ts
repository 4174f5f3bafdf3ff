import { describe, expect, test } from 'vitest'
import type { StoreLayout } from '../contract/store-layout.ts'
import type { RowLabels, Store, StoreRow } from '../contract/store.ts'
import { makeLayout, makeRow, makeRows } from './make-rows.ts'

/** Describes what every store has to do when rows get other labels, or leave. */
export function describeChanges(name: string, create: (layout: StoreLayout) => Promise<Store>): void {
  const layout = makeLayout()
  const filled = async (rows: readonly StoreRow[]): Promise<Store> => {
    const store = await create(layout)
    for (let start = 0; start < rows.length; start += 7) await store.append(rows.slice(start, start + 7))
    return store
  }
  const idsOf = async (store: Store): Promise<string[]> => {
    const ids: string[] = []
    for await (const { rows } of store.iterate({ fields: ['id'], tensors: [] })) ids.push(...rows.map(({ id }) => id))
    return ids
  }

  describe(`changes of rows: ${name}`, () => {
    test('relabels rows, their ids too, and keeps their tokens and their order', async () => {
      const rows = makeRows(layout, 20)
      await using store = await filled(rows)
      const moved: RowLabels = { id: 'moved/9.jpg', source: '/moved/9.jpg', label: 'bird', annotation: '/masks/bird.png', split: 'test' }
      const bare: RowLabels = { id: rows[2]!.id, source: '/elsewhere/2.jpg' }
      await store.relabel([
        { id: rows[9]!.id, to: moved },
        { id: rows[2]!.id, to: bare },
      ])
      const order = rows.map(({ id }) => (id === rows[9]!.id ? moved.id : id))
      expect(await idsOf(store)).toEqual(order)
      const { rows: found, tensors } = await store.get([moved.id, bare.id, rows[9]!.id, rows[3]!.id])
      const infos = [9, 2, 3].map((number) => makeRow(layout, number))
      expect(found).toEqual([
        { ...moved, hash: infos[0]!.hash, placement: infos[0]!.placement },
        { ...bare, hash: infos[1]!.hash, placement: infos[1]!.placement },
        expect.objectContaining({ id: infos[2]!.id, split: infos[2]!.split }),
      ])
      for (const [tensor, { data, shape }] of Object.entries(tensors))
        infos.forEach(({ tensors: own }, index) => {
          const width = data.length / shape[0]!
          expect(data.slice(index * width, (index + 1) * width)).toEqual(own[tensor]!.data)
        })
      expect(await store.count({ label: 'bird', split: 'test' })).toBe(1)
      expect(await store.search(rows[9]!.tensors.cls!, { top: 1 })).toMatchObject([{ id: moved.id, source: moved.source }])
      await store.append([makeRow(layout, 9)])
      expect(await store.count()).toBe(21)
    })

    test('swaps ids within a call; rejects missing rows and taken ids, and changes nothing then', async () => {
      const rows = makeRows(layout, 5)
      await using store = await filled(rows)
      const [a, b] = [rows[0]!, rows[1]!]
      const to = (id: string, of: RowLabels): RowLabels => ({ id, source: of.source })
      await store.relabel([
        { id: a.id, to: to(b.id, a) },
        { id: b.id, to: to(a.id, b) },
      ])
      const swapped = await store.get([a.id, b.id], { fields: ['hash'] })
      expect(swapped.rows).toEqual([{ hash: b.hash }, { hash: a.hash }])
      expect(swapped.tensors.cls!.data.slice(0, 8)).toEqual(b.tensors.cls!.data)
      for (const changes of [
        [
          { id: a.id, to: to('new', a) },
          { id: 'nobody', to: to('other', a) },
        ],
        [{ id: a.id, to: to(rows[3]!.id, a) }],
        [
          { id: a.id, to: to('new', a) },
          { id: b.id, to: to('new', b) },
        ],
        [
          { id: a.id, to: to('new', a) },
          { id: a.id, to: to('newer', a) },
        ],
      ])
        await expect(store.relabel(changes)).rejects.toMatchObject({ code: 'invalid-option' })
      expect(await idsOf(store)).toEqual([b.id, a.id, ...rows.slice(2).map(({ id }) => id)])
      await store.relabel([])
    })

    test('removes rows by id, passes over others, and takes them in again', async () => {
      const rows = makeRows(layout, 20)
      await using store = await filled(rows)
      expect(await store.remove([rows[4]!.id, 'nobody', rows[4]!.id, rows[11]!.id])).toBe(2)
      expect(await store.remove([rows[4]!.id])).toBe(0)
      expect([await store.count(), await store.count({ label: 'cat' })]).toEqual([18, 7])
      expect((await store.get([rows[4]!.id, rows[5]!.id])).rows).toMatchObject([{ id: rows[5]!.id }])
      expect((await store.search(rows[4]!.tensors.cls!, { top: 20 })).map(({ id }) => id)).not.toContain(rows[4]!.id)
      const rest = rows.filter((_, index) => index !== 4 && index !== 11).map(({ id }) => id)
      expect(await idsOf(store)).toEqual(rest)
      await store.optimize()
      expect(await idsOf(store)).toEqual(rest)
      await store.append([rows[4]!])
      const again = await store.get([rows[4]!.id, rows[19]!.id])
      expect(again.tensors.patches!.data.slice(48)).toEqual(rows[19]!.tensors.patches!.data)
      expect(again.tensors.patches!.data.slice(0, 48)).toEqual(rows[4]!.tensors.patches!.data)
      expect(await idsOf(store)).toEqual([...rest, rows[4]!.id])
      expect(await store.remove(await idsOf(store))).toBe(19)
      expect([await store.count(), await idsOf(store)]).toEqual([0, []])
    })

    test('finds rows by the hash of their file', async () => {
      const rows = makeRows(layout, 12)
      await using store = await filled(rows)
      expect(await store.count({ hash: rows[7]!.hash })).toBe(1)
      expect(await store.count({ hash: [rows[7]!.hash, rows[2]!.hash, 'e'.repeat(64)], split: 'train' })).toBe(2)
    })

    test('changes nothing by refreshing a store that nobody else writes, and refuses all of it once closed', async () => {
      const rows = makeRows(layout, 3)
      const store = await filled(rows)
      await store.refresh()
      expect(await idsOf(store)).toEqual(rows.map(({ id }) => id))
      await store.close()
      await expect(store.refresh()).rejects.toMatchObject({ code: 'disposed' })
      await expect(store.remove([rows[0]!.id])).rejects.toMatchObject({ code: 'disposed' })
      await expect(store.relabel([{ id: rows[0]!.id, to: { id: 'a', source: 'a' } }])).rejects.toMatchObject({ code: 'disposed' })
    })
  })
}
