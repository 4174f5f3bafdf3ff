import { assertNotAborted, DinokitError, type Tensor } from '@dinokit/core'
import type { ReadNeighbor, StoreBackend } from '../contract/store-backend.ts'
import { searchedTensor } from '../contract/store-layout.ts'
import type { Neighbor, RowField, RowFilter, SearchOptions } from '../contract/store.ts'
import { assertCount } from '../lib/assert-count.ts'
import { chosenFields } from '../lib/chosen-fields.ts'
import { assertQuery } from './assert-query.ts'
import { chooseDiverse } from './choose-diverse.ts'

const DEFAULT_TOP = 10
/** Nearest rows for each that is wanted, which diverse ones are taken from. */
const CANDIDATES = 10
/** Queries of one call of a back end: an interruption is heard between calls. */
const TOGETHER = 64
/** The same where rows are to be diverse: the vectors of all candidates are held meanwhile. */
const DIVERSE_TOGETHER = 8

/** Options of a search, and which rows are meant. */
export interface BackendSearch<Field extends RowField> extends Omit<SearchOptions<Field>, keyof RowFilter> {
  readonly filter: RowFilter
}

/**
 * Searches a back end for many queries.
 *
 * @returns neighbors of each query
 * @throws DinokitError `tensor-invalid`, `invalid-option`, `aborted`
 */
export async function searchBackend<Field extends RowField>(
  backend: StoreBackend,
  queries: readonly Tensor[],
  options: BackendSearch<Field>,
): Promise<Neighbor<Field>[][]> {
  const { top = DEFAULT_TOP, approximate = false, diversity = 0, candidates = CANDIDATES * top, filter, signal } = options
  assertNotAborted(signal)
  assertCount('top', top)
  assertCount('candidates', candidates)
  assertShare(diversity)
  const fields = chosenFields(options.fields)
  const shape = backend.layout.tensors[searchedTensor(backend.layout)]!
  for (const query of queries) assertQuery(backend.name, query, shape)
  const found: ReadNeighbor[][] = []
  const together = diversity > 0 ? DIVERSE_TOGETHER : TOGETHER
  for (let start = 0; start < queries.length; start += together) {
    assertNotAborted(signal)
    const some = queries.slice(start, start + together).map(({ data }) => data)
    if (diversity === 0) found.push(...(await backend.nearest(some, { top, fields, vectors: false, approximate, ...filter })))
    else {
      const wide = { top: Math.max(top, candidates), fields: ['id'], vectors: true, approximate, ...filter } as const
      const near = await backend.nearest(some, wide)
      for (const [i, query] of some.entries()) found.push(await diverse(backend, near[i]!, { query, top, diversity, fields }))
    }
  }
  return found as Neighbor<Field>[][]
}

interface DiverseChoice {
  readonly query: Float32Array
  readonly top: number
  readonly diversity: number
  readonly fields: readonly RowField[]
}

/** Chooses among neighbors, and reads what was asked for of those that are chosen. */
async function diverse(
  backend: StoreBackend,
  neighbors: readonly ReadNeighbor[],
  { fields, ...choice }: DiverseChoice,
): Promise<ReadNeighbor[]> {
  const dim = choice.query.length
  const vectors = new Float32Array(neighbors.length * dim)
  neighbors.forEach(({ vector }, i) => vectors.set(vector!, i * dim))
  const chosen = chooseDiverse({ ...choice, vectors }).map((place) => neighbors[place]!)
  if (fields.every((field) => field === 'id'))
    return chosen.map(({ id, similarity }) => ({ ...(fields.length > 0 && { id: id! }), similarity }))
  const positions = await backend.find(chosen.map(({ id }) => id!))
  // What was removed since it was found is no neighbor any more.
  const there = chosen.filter(({ id }) => positions.has(id!))
  const { rows } = await backend.read(
    there.map(({ id }) => positions.get(id!)!),
    fields,
    [],
  )
  return there.map(({ similarity }, i) => ({ ...rows[i], similarity }))
}

function assertShare(diversity: number): void {
  if (diversity >= 0 && diversity <= 1) return
  throw new DinokitError('invalid-option', `The option diversity is ${diversity}.`, {
    given: String(diversity),
    expected: 'a number from 0 to 1',
  })
}
