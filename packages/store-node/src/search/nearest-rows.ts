import { ROW_FIELDS, searchedTensor, type NearestOptions, type Neighbor, type RowInfo } from '@dinokit/store'
import { filterSql } from '../tables/filter-sql.ts'
import { readInfo } from '../tables/from-arrow.ts'
import type { LanceTables } from '../tables/lance-tables.ts'

/** Parts of the index that are looked into, where all rows are meant. */
const PROBES = 40
/** Rows that are compared by their whole vectors, for each that is wanted. */
const REFINED = 10
/** Rows of a filter up to which all of them are compared: the parts that are looked into may hold few of them. */
const FEW = 50_000
/** Queries that LanceDB answers at once. */
const AT_ONCE = 8

/** Finds the rows nearest to each query. */
export async function nearestRows(
  { images, layout }: Pick<LanceTables, 'images' | 'layout'>,
  queries: readonly Float32Array[],
  { top, approximate, ...filter }: NearestOptions,
): Promise<Neighbor[][]> {
  const sql = filterSql(filter)
  const meant = approximate && sql !== undefined ? await images.countRows(sql) : undefined
  // Rows that came after the index was made are compared too.
  const byIndex = approximate && (meant === undefined || meant > FEW)
  const probes = byIndex && meant !== undefined ? Math.ceil((PROBES * (await images.countRows())) / meant) : PROBES
  const nearestTo = async (query: Float32Array): Promise<Neighbor[]> => {
    const search = images.query().nearestTo(query).column(searchedTensor(layout)).distanceType('cosine').limit(top)
    if (sql !== undefined) search.where(sql)
    if (byIndex) search.nprobes(probes).refineFactor(REFINED)
    else search.bypassVectorIndex()
    const found = await search.select([...ROW_FIELDS, '_distance']).toArrow()
    const distance = found.getChild('_distance')
    return readInfo(found, ROW_FIELDS).map((info, i) => ({ ...(info as RowInfo), similarity: 1 - (distance!.get(i) as number) }))
  }
  const found: Neighbor[][] = []
  for (let start = 0; start < queries.length; start += AT_ONCE)
    found.push(...(await Promise.all(queries.slice(start, start + AT_ONCE).map(nearestTo))))
  return found
}
