import { DinokitError, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { fitPca } from '@dinokit/core/vectors'
import type { CurateOptions } from '../lib/curate-options.ts'
import { rowsOf, writeUnits, type RowVectors } from '../lib/rows-of.ts'
import { vectorsAt } from '../lib/vectors-at.ts'
import { placeByUmap } from './place-by-umap.ts'

/**
 * Method of a map. `pca`: the two directions along which rows of length 1 vary most, which keeps what is far apart far apart. `umap`: rows
 * that are neighbors stay neighbors, which shows groups; distances between groups say little (arXiv 1802.03426).
 */
export type MapMethod = 'pca' | 'umap'

/** Options of {@link mapRows}. */
export interface MapOptions extends CurateOptions {
  /** Default `umap` from 20 rows on, `pca` for fewer. */
  readonly method?: MapMethod
  /** Neighbors of a row that `umap` keeps near: few show small groups, many the whole. Default 15; all others where there are fewer. */
  readonly neighbors?: number
  /** Most rows that `umap` places; of more, so many are drawn. Default 10,000, and no more. */
  readonly most?: number
  /** A whole number: the same gives the same map in the same engine. Default 0. */
  readonly seed?: number
}

/** Places of rows on a map. */
export interface RowMap {
  readonly method: MapMethod
  /** Rows that have a place, in their order: all for `pca`. */
  readonly rows: Uint32Array
  /** [rows][2]: x to the right, and y. */
  readonly places: Float32Array
  /** Shares of the variance that the two directions explain; for `pca` alone. */
  readonly explained?: readonly [number, number]
}

/** Rows from which there are neighborhoods to keep. */
const ENOUGH = 20
const FEWEST = 4
const MOST = 10_000

/**
 * Places rows on a map of two dimensions, by their directions.
 *
 * @param vectors - [rows][dim]; their lengths do not matter
 * @param options - method, neighbors, seed, progress, cancellation
 * @throws DinokitError `invalid-option` for an invalid number, and for `umap` of fewer than 4 rows; `tensor-invalid`, `aborted`
 */
export async function mapRows(vectors: Tensor, options: MapOptions = {}): Promise<RowMap> {
  const rows = rowsOf(vectors)
  const { method = rows.count < ENOUGH ? 'pca' : 'umap', neighbors = 15, most = MOST, seed = 0 } = options
  assertWithin('number of neighbors', neighbors, [2, 200])
  assertWithin('number of rows of a UMAP', most, [FEWEST, MOST])
  const random = createRandom(seed)
  const all = Uint32Array.from({ length: rows.count }, (_, row) => row)
  if (method === 'pca') return { method, rows: all, ...placeByPca(rows, all) }
  if (rows.count < FEWEST)
    throw new DinokitError('invalid-option', `UMAP can’t place ${rows.count} rows.`, {
      given: `${rows.count} rows`,
      expected: `at least ${FEWEST}`,
      hint: 'Take the method pca.',
    })
  const some = rows.count > most ? Uint32Array.from(random.shuffle([...all]).slice(0, most)).sort() : all
  const picked = rows.count > most ? rowsAt(rows, some) : rows
  const places = await placeByUmap(picked, placeByPca(picked, all.subarray(0, some.length)).places, { ...options, neighbors, random })
  return { method, rows: some, places }
}

function placeByPca(rows: RowVectors, all: Uint32Array): Pick<RowMap, 'places' | 'explained'> {
  const { count, dim } = rows
  const places = new Float32Array(2 * count)
  if (count < 2) return { places, explained: [0, 0] }
  const data = new Float32Array(count * dim)
  writeUnits(rows, all, data)
  const { mean, components, variances } = fitPca([{ dtype: 'float32', data, shape: [count, dim] }], 2)
  let total = 0
  for (let row = 0, at = 0; row < count; row++) {
    let [x, y] = [0, 0]
    for (let i = 0; i < dim; i++, at++) {
      const value = data[at]! - mean[i]!
      x += value * components[0]![i]!
      y += value * components[1]![i]!
      total += (value * value) / count
    }
    places[2 * row] = x
    places[2 * row + 1] = y
  }
  return { places, explained: total > EQUAL ? [variances[0]! / total, variances[1]! / total] : [0, 0] }
}

/** Variance below which rows of length 1 are all equal, but for rounding. */
const EQUAL = 1e-10

function rowsAt({ data, dim, lengths }: RowVectors, rows: Uint32Array): RowVectors {
  return { data: vectorsAt(data, dim, rows), dim, count: rows.length, lengths: Float64Array.from(rows, (row) => lengths[row]!) }
}

function assertWithin(what: string, value: number, [least, most]: readonly [number, number]): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new DinokitError('invalid-option', `The ${what} is ${value}.`, {
    given: String(value),
    expected: `a whole number from ${least} to ${most}`,
  })
}
