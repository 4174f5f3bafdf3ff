import { tensor, type Tensor } from '@dinokit/core'
import { ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { StoreLayout } from '../contract/store-layout.ts'
import type { RowField, Store } from '../contract/store.ts'
import { queryFrom } from '../search/query-from.ts'
import { searchPatches } from '../search/search-patches.ts'
import { makeLayout, makeRow, makeRows } from './make-rows.ts'

const DIM = 16
const UNLIKE_WEIGHT = 0.7
const CANDIDATES = 40
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

/** Describes how every store is searched: by several examples, for diverse rows, for many queries, by patches. */
export function describeSearches(name: string, create: (layout: StoreLayout) => Promise<Store>): void {
  const layout = makeLayout({ tensors: { cls: [DIM], patches: [3, 4, DIM] } })
  let golden: Golden
  beforeAll(async () => void (golden = await ownGoldens.tensors('search/search.safetensors')))

  const values = (of: string): number[] => Array.from(golden[of]!.data as Float32Array | Int32Array)
  const each = (of: string): Tensor[] => {
    const { data, shape } = golden[of]!
    const [count, ...rest] = shape as number[]
    const width = data.length / count!
    return Array.from({ length: count! }, (_, i) => tensor('float32', (data as Float32Array).slice(i * width, (i + 1) * width), rest))
  }
  const filled = async (): Promise<Store> => {
    const store = await create(layout)
    const patches = each('patches')
    await store.append(each('rows').map((cls, i) => makeRow(layout, i, { tensors: { cls, patches: patches[i]! } })))
    return store
  }
  const numbersOf = (rows: readonly { readonly id: string }[]): number[] => rows.map(({ id }) => Number(/(\d+)\.jpg$/.exec(id)![1]))

  describe(`searches: ${name}`, () => {
    test('finds what is like some examples and unlike others, and diverse rows, as numpy does', async () => {
      await using store = await filled()
      const query = queryFrom({ like: each('like'), unlike: each('unlike'), unlikeWeight: UNLIKE_WEIGHT })
      const expected = values('query')
      query.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
      const found = await store.search(query, { top: 8 })
      expect(numbersOf(found)).toEqual(values('order'))
      found.forEach(({ similarity }, i) => expect(similarity).toBeCloseTo(values('similarities')[i]!, 5))
      for (const [i, diversity] of [0.25, 0.6, 1].entries())
        expect(numbersOf(await store.search(query, { top: 8, diversity, candidates: CANDIDATES }))).toEqual(
          values('diverse').slice(8 * i, 8 * i + 8),
        )
      expect(numbersOf(await store.search(query, { top: 3, diversity: 0.25, candidates: 1 })).sort()).toEqual(
        numbersOf(found.slice(0, 3)).sort(),
      )
    })

    test('answers many queries in one call as it answers each', async () => {
      await using store = await filled()
      const queries = [...each('like'), ...each('rows').slice(0, 70)]
      const found = await store.searchMany(queries, { top: 3, label: 'cat' })
      for (const at of [0, 2, 40, 72]) {
        const alone = await store.search(queries[at]!, { top: 3, label: 'cat' })
        expect(found[at]).toEqual(alone.map((row) => ({ ...row, similarity: expect.closeTo(row.similarity, 5) as number })))
      }
      expect(await store.searchMany(queries.slice(0, 5), { label: 'nobody' })).toEqual([[], [], [], [], []])
      expect(await store.searchMany([])).toEqual([])
    })

    test('tells of neighbors only what was asked for, and of how near they are always', async () => {
      await using store = await filled()
      const query = each('like')[0]!
      const only = (row: object | undefined, ...fields: readonly string[]): void =>
        expect(Object.keys(row!).sort()).toEqual([...fields, 'similarity'].sort())
      for (const options of [{}, { diversity: 0.4 }, { approximate: true }, { label: 'cat' }]) {
        const whole = await store.search(query, { ...options, top: 5 })
        const ids = await store.search(query, { ...options, top: 5, fields: ['id'] })
        expect(ids).toEqual(whole.map(({ id, similarity }) => ({ id, similarity })))
        const [, second] = await store.search(query, { ...options, top: 2, fields: ['split', 'placement', 'split'] })
        expect(second).toEqual({ split: whole[1]!.split, placement: whole[1]!.placement, similarity: whole[1]!.similarity })
        only((await store.search(query, { ...options, fields: [] }))[0])
      }
      const many = await store.searchMany(
        Array.from({ length: 6 }, () => query),
        { top: 3, fields: ['source'] },
      )
      for (const found of many) for (const row of found) only(row, 'source')
      const four = await store.searchMany(each('rows').slice(0, 4), { top: 3, diversity: 0.6, fields: ['id'] })
      for (const [i, row] of each('rows').slice(0, 4).entries())
        expect(numbersOf(four[i]!)).toEqual(numbersOf(await store.search(row, { top: 3, diversity: 0.6 })))
      const patches = await searchPatches(store, query, { top: 3 })
      expect(await searchPatches(store, query, { top: 3, fields: ['label'] })).toEqual(
        patches.map(({ label, similarity, patch, region }) => ({ label, similarity, patch, region })),
      )
      expect((await searchPatches(store, query, { top: 3, fields: ['placement'] }))[0]).toHaveProperty('placement')
      const fields: readonly RowField[] = ['id', 'name' as 'id']
      for (const asked of [
        () => store.search(query, { fields }),
        () => store.searchMany([query], { fields }),
        () => searchPatches(store, query, { fields }),
        () => store.get([], { fields }),
        () => store.iterate({ fields }).next(),
      ])
        await expect(asked()).rejects.toMatchObject({ code: 'invalid-option', details: { given: 'name' } })
    })

    test('finds the images with the patch that is nearest to a token, and where it is', async () => {
      await using store = await filled()
      const found = await searchPatches(store, each('like')[0]!, { top: 8 })
      expect(numbersOf(found)).toEqual(values('patch_order'))
      found.forEach(({ similarity, patch, region }, i) => {
        expect(similarity).toBeCloseTo(values('patch_similarities')[i]!, 5)
        expect(patch.row * 4 + patch.column).toBe(values('patch_places')[i])
        expect(region.left).toBeLessThan(region.left + region.width)
      })
      const [cat] = await searchPatches(store, each('like')[0]!, { top: 1, label: 'cat', split: 'val' })
      expect(cat).toMatchObject({ label: 'cat', split: 'val' })
      expect(cat).toEqual(
        (await searchPatches(store, each('like')[0]!, { top: 150 })).find((row) => row.label === 'cat' && row.split === 'val'),
      )
    })

    test('answers honestly with one row, with none, and for a split that is not there', async () => {
      await using store = await create(layout)
      const [query] = each('like')
      const ask = async (): Promise<number[]> => [
        (await store.search(query!, { diversity: 0.5 })).length,
        (await store.search(query!, { approximate: true })).length,
        (await searchPatches(store, query!)).length,
        (await store.search(query!, { split: 'nowhere', diversity: 0.5 })).length,
        (await store.search(query!, { split: 'nowhere', approximate: true })).length,
      ]
      expect(await ask()).toEqual([0, 0, 0, 0, 0])
      await store.append(makeRows(layout, 1))
      expect(await ask()).toEqual([1, 1, 1, 0, 0])
      expect(await store.optimize()).toMatchObject({ kind: 'flat' })
      expect(await store.searchIndex()).toMatchObject({ kind: 'flat', recall: 1 })
      expect(await ask()).toEqual([1, 1, 1, 0, 0])
    })

    test('rejects queries without direction or of another length, and options that mean nothing', async () => {
      await using store = await create(layout)
      const [good] = each('like')
      const bad = (value: number): Tensor =>
        tensor(
          'float32',
          Float32Array.from({ length: DIM }, (_, i) => (i === 3 ? value : 1)),
          [DIM],
        )
      const short = tensor('float32', new Float32Array(3).fill(1), [3])
      for (const query of [bad(NaN), bad(Infinity), short]) {
        await expect(store.search(query)).rejects.toEqual(code('tensor-invalid'))
        await expect(store.searchMany([good!, query])).rejects.toEqual(code('tensor-invalid'))
        await expect(searchPatches(store, query)).rejects.toEqual(code('tensor-invalid'))
        expect(() => queryFrom({ like: [good!, query] })).toThrow(code('tensor-invalid'))
      }
      expect(() => queryFrom({ like: [] })).toThrow(code('invalid-option'))
      expect(() => queryFrom({ like: [good!], unlikeWeight: -1 })).toThrow(code('invalid-option'))
      expect(() => queryFrom({ like: [good!], unlike: [good!], unlikeWeight: 1 })).toThrow(code('tensor-invalid'))
      for (const options of [{ diversity: -0.1 }, { diversity: 2 }, { diversity: NaN }, { diversity: 0.5, candidates: 0 }, { top: 0 }])
        await expect(store.search(good!, options)).rejects.toEqual(code('invalid-option'))
      await using without = await create(makeLayout({ tensors: { cls: [DIM] } }))
      await expect(searchPatches(without, good!)).rejects.toMatchObject({
        code: 'tensor-missing',
        details: { hint: expect.stringContaining('--patches') as string },
      })
    })
  })
}
