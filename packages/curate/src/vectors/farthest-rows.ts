import type { Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { productsOf } from '@dinokit/core/vectors'
import { assertCount } from '../lib/assert-count.ts'
import type { CurateOptions } from '../lib/curate-options.ts'
import { insertLargest } from '../lib/insert-largest.ts'
import { createPause } from '../lib/pause.ts'
import { rowsOf, writeUnits, type RowVectors } from '../lib/rows-of.ts'

/** A row, and how far it is from its neighbors. */
export interface FarRow {
  readonly row: number
  /** 1 - cosine to the last of its nearest neighbors. */
  readonly distance: number
}

/** Question of {@link farthestRows}. */
export interface FarthestQuestion {
  /** Number of neighbors of a row; all others where there are fewer. */
  readonly nearest: number
  /** Number of rows to find. */
  readonly top: number
}

/** Rows that are compared at once. */
const BLOCK = 512
/** Rows that all are compared with first. */
const SAMPLE = 2048

/**
 * Finds the rows that are farthest from their neighbors: the first of what {@link neighborDistances} would rank, exactly, without comparing
 * all with all. A row that has as many neighbors as are counted, all nearer than the last of those that were found, is none of them, and is
 * compared no further (Bay and Schwabacher 2003). Of rows that are equally far, any may be found. Takes little memory beside the vectors.
 *
 * @param vectors - [rows][dim]; their lengths do not matter
 * @param question - numbers of neighbors and of rows
 * @param options - progress, cancellation
 * @returns the farthest first; none where there are fewer than two rows
 * @throws DinokitError `invalid-option`, `tensor-invalid`, `aborted`
 */
export async function farthestRows(vectors: Tensor, question: FarthestQuestion, options: CurateOptions = {}): Promise<FarRow[]> {
  assertCount('number of neighbors', question.nearest)
  assertCount('number of rows', question.top)
  const { onProgress, signal } = options
  const rows = rowsOf(vectors)
  const { count } = rows
  const wanted = Math.min(question.nearest, count - 1)
  if (wanted < 1) return []
  const pause = createPause(signal)
  const order = createRandom(0, count).shuffle(Array.from({ length: count }, (_, row) => row))
  const all = Array.from({ length: Math.ceil(count / BLOCK) }, (_, block) => order.slice(block * BLOCK, (block + 1) * BLOCK))
  // With some rows alone, a row's neighbors are no nearer than with all.
  const most = new Float64Array(count)
  const sample = order.slice(0, SAMPLE)
  for (let start = 0; start < count; start += BLOCK) {
    const some = Array.from({ length: Math.min(BLOCK, count - start) }, (_, i) => begin(start + i, wanted))
    compare(rows, some, sample)
    for (const { row, cosines } of some) most[row] = distanceOf(cosines)
    onProgress?.({ name: 'rows', unit: 'rows', done: start + some.length, total: count })
    await pause()
  }
  const candidates = order.toSorted((a, b) => most[b]! - most[a]! || a - b)
  let found: FarRow[] = []
  let least = -1
  for (let start = 0; start < count && most[candidates[start]!]! > least; start += BLOCK) {
    let left = candidates.slice(start, start + BLOCK).flatMap((row) => (most[row]! > least ? [begin(row, wanted)] : []))
    for (const others of all) {
      compare(rows, left, others)
      left = left.filter(({ cosines }) => distanceOf(cosines) > least)
      if (left.length === 0) break
      await pause()
    }
    found.push(...left.map(({ row, cosines }) => ({ row, distance: distanceOf(cosines) })))
    found = found.sort((a, b) => b.distance - a.distance || a.row - b.row).slice(0, question.top)
    if (found.length === question.top) least = found[found.length - 1]!.distance
  }
  return found
}

/** A row, and the largest cosines with others so far. */
interface Compared {
  readonly row: number
  readonly cosines: Float32Array
}

function begin(row: number, wanted: number): Compared {
  return { row, cosines: new Float32Array(wanted).fill(-Infinity) }
}

/** Infinity where fewer were compared than are counted. */
function distanceOf(cosines: Float32Array): number {
  return Math.max(0, 1 - cosines[cosines.length - 1]!)
}

/** Compares some rows with others, themselves left out. */
function compare(rows: RowVectors, some: readonly Compared[], others: readonly number[]): void {
  const [a, b] = [new Float32Array(some.length * rows.dim), new Float32Array(others.length * rows.dim)]
  writeUnits(
    rows,
    some.map(({ row }) => row),
    a,
  )
  writeUnits(rows, others, b)
  const products = productsOf(a, b, rows.dim)
  some.forEach(({ row, cosines }, i) => {
    for (let j = 0, at = i * others.length; j < others.length; j++, at++) {
      const cosine = products[at]!
      if (cosine > cosines[cosines.length - 1]! && others[j] !== row) insertLargest(cosines, cosine)
    }
  })
}
