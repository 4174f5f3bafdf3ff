import type { StoreBackend } from '../contract/store-backend.ts'
import { searchedTensor } from '../contract/store-layout.ts'
import { widen } from '../contract/widen.ts'

/** Rows that are looked for. */
const SAMPLE = 40
const TOP = 10

/**
 * Measures what share of the ten nearest rows approximate search finds (recall@10): 40 rows that lie evenly among all are looked for
 * among the others, by the index and exactly.
 *
 * @param backend - of the store
 * @returns from 0 to 1; 1 where there are no others
 */
export async function measureRecall(backend: Pick<StoreBackend, 'layout' | 'positions' | 'read' | 'nearest'>): Promise<number> {
  const all = await backend.positions({})
  const count = Math.min(SAMPLE, all.length)
  if (count < 2) return 1
  const near = searchedTensor(backend.layout)
  const places = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!)
  const { rows, tensors } = await backend.read(places, ['id'], [near])
  const vectors = widen(tensors[near]!.data)
  const dim = vectors.length / count
  const queries = places.map((_, i) => vectors.slice(i * dim, (i + 1) * dim))
  const others = async (approximate: boolean): Promise<string[][]> =>
    (await backend.nearest(queries, { top: TOP + 1, fields: ['id'], vectors: false, approximate })).map((found, i) =>
      found.flatMap(({ id }) => (id === rows[i]!.id ? [] : [id!])).slice(0, TOP),
    )
  const [exact, approximate] = [await others(false), await others(true)]
  let [hits, wanted] = [0, 0]
  exact.forEach((ids, i) => {
    const found = new Set(approximate[i])
    hits += ids.filter((id) => found.has(id)).length
    wanted += ids.length
  })
  return hits / wanted
}
