import { productsOf } from '@dinokit/core/vectors'
import { countElements, isAmongBest, keepBest, searchedTensor, type NearestOptions, type ReadNeighbor, type Scored } from '@dinokit/store'
import type { RecordBatch } from 'apache-arrow'
import { filterSql } from '../tables/filter-sql.ts'
import { fromArrow } from '../tables/from-arrow.ts'
import type { LanceTables } from '../tables/lance-tables.ts'

/**
 * Finds the rows nearest to each of many queries by reading all rows of a store of float32 once. `position` is a row id meanwhile.
 */
export async function scanRows(
  { images, layout }: Pick<LanceTables, 'images' | 'layout'>,
  queries: readonly Float32Array[],
  { top, fields, vectors, ...filter }: Omit<NearestOptions, 'approximate'>,
): Promise<ReadNeighbor[][]> {
  const near = searchedTensor(layout)
  const dim = countElements(layout.tensors[near]!)
  const units = new Float32Array(queries.length * dim)
  queries.forEach((query, i) => units.set(unit(query), i * dim))
  const best = queries.map((): Scored[] => [])
  const scan = images.query().select([near]).withRowId()
  const sql = filterSql(filter)
  if (sql !== undefined) scan.where(sql)
  for await (const batch of scan as AsyncIterable<RecordBatch>) {
    const ids = batch.getChild('_rowid')!
    let row = 0
    for (const { length, children } of batch.getChild(near)!.data) {
      const vectors = (children[0]!.values as Float32Array).subarray(0, length * dim)
      const products = productsOf(vectors, units, dim)
      for (let i = 0; i < length; i++, row++) {
        const own = lengthAt(vectors, i * dim, dim)
        const position = Number(ids.get(row))
        best.forEach((list, query) => {
          const similarity = own > 0 ? products[i * queries.length + query]! / own : 0
          if (isAmongBest(list, similarity, top)) keepBest(list, { position, similarity }, top)
        })
      }
    }
  }
  const places = [...new Set(best.flatMap((list) => list.map(({ position }) => position)))]
  if (places.length === 0) return best.map(() => [])
  const found = await images
    .takeRowIds(places.map(BigInt))
    .select([...fields, ...(vectors ? [near] : [])])
    .withRowId()
    .toArrow()
  const { rows, tensors } = fromArrow(found, places, { fields, tensors: vectors ? [near] : [] }, layout)
  const data = tensors[near]?.data as Float32Array | undefined
  const byPlace = new Map(places.map((place, i) => [place, { ...rows[i], ...(data && { vector: data.subarray(i * dim, (i + 1) * dim) }) }]))
  return best.map((list) => list.map(({ position, similarity }) => ({ ...byPlace.get(position), similarity })))
}

function lengthAt(data: Float32Array, from: number, dim: number): number {
  let square = 0
  for (let i = from; i < from + dim; i++) square += data[i]! * data[i]!
  return Math.sqrt(square)
}

function unit(vector: Float32Array): Float32Array {
  const length = lengthAt(vector, 0, vector.length)
  return vector.map((value) => value / length)
}
