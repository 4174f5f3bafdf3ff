import { searchedTensor, type NearestOptions, type ReadNeighbor } from '@dinokit/store'
import { filterSql } from '../tables/filter-sql.ts'
import { readInfo, vectorsOf } from '../tables/from-arrow.ts'
import type { LanceTables } from '../tables/lance-tables.ts'
import { INDEX_KINDS } from './index-kinds.ts'
import { scanRows } from './scan-rows.ts'
import type { SearchWay } from './search-index.ts'

/** Queries that LanceDB answers at once by an index; one that is exact takes all cores and much memory. */
const AT_ONCE = 8

/** Exact queries from which on rows are read once for all. */
const MANY = 4

/** Options of {@link nearestRows}; without a way the search is exact. */
export interface NearestRowsOptions extends Omit<NearestOptions, 'approximate'> {
  readonly way?: SearchWay | undefined
}

/** Finds the rows nearest to each query. Rows that came after an index was made are compared too. */
export async function nearestRows(
  { images, layout }: Pick<LanceTables, 'images' | 'layout'>,
  queries: readonly Float32Array[],
  { way, ...options }: NearestRowsOptions,
): Promise<ReadNeighbor[][]> {
  // One pass over all rows is less than one for each query.
  if (!way && queries.length >= MANY && layout.dtype === 'float32') return scanRows({ images, layout }, queries, options)
  const { top, fields, vectors, ...filter } = options
  const sql = filterSql(filter)
  const near = searchedTensor(layout)
  const nearestTo = async (query: Float32Array): Promise<ReadNeighbor[]> => {
    const search = images.query().nearestTo(query).column(near).distanceType('cosine').limit(top)
    if (sql !== undefined) search.where(sql)
    if (way) INDEX_KINDS[way.index.told.kind].search(search, way.probes, way.index.bits)
    else search.bypassVectorIndex()
    const found = await search.select([...fields, ...(vectors ? [near] : []), '_distance']).toArrow()
    const distance = found.getChild('_distance')
    const vectorOf = vectors ? vectorsOf(found, near, layout) : undefined
    return readInfo(found, fields).map((info, i) => ({
      ...info,
      ...(vectorOf && { vector: vectorOf(i) }),
      similarity: 1 - (distance!.get(i) as number),
    }))
  }
  const found: ReadNeighbor[][] = []
  const atOnce = way ? AT_ONCE : 1
  for (let start = 0; start < queries.length; start += atOnce)
    found.push(...(await Promise.all(queries.slice(start, start + atOnce).map(nearestTo))))
  return found
}
