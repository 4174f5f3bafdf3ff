import { DinokitError, type Tensor } from '@dinokit/core'
import { pairsAbove } from '@dinokit/core/vectors'
import type { CurateOptions } from '../lib/curate-options.ts'
import { exactHeads, sketchHeads, type Heads } from '../lib/heads-of.ts'
import { createPause } from '../lib/pause.ts'
import { cosineOf, rowsOf, type RowVectors } from '../lib/rows-of.ts'
import { vectorsAt } from '../lib/vectors-at.ts'

/** A row that is similar enough to one that is kept. */
export interface SimilarRow {
  readonly row: number
  /** Cosine of the two, in double precision. */
  readonly similarity: number
}

/** A row that is kept, and those that it stands for. */
export interface SimilarGroup {
  readonly kept: number
  /** Most similar first; never empty. */
  readonly others: readonly SimilarRow[]
}

/** Options of {@link groupSimilar}. */
export interface GroupOptions extends CurateOptions {
  /** Least cosine of a row with the one that stands for it, up to 1. */
  readonly threshold: number
  /** Rows in the order in which they are kept: the first of those that are similar stays. Default: as they are given. */
  readonly order?: readonly number[]
  /**
   * Whether pairs are first compared by projections onto random directions, which may miss some: for very many rows that lie in all
   * directions alike, as whitened ones do. Default false: exact.
   */
  readonly sketch?: boolean
}

const BLOCK = 1024
/** Error that rounding may bring into the cosine of a vector with itself. */
export const SAME = 1e-7

/**
 * Groups rows around those that are kept: of all rows in their order, each stays unless one that stays before it is similar enough; it
 * then belongs to the first such. So every row is as similar as the threshold says to the one that stands for it, and no chain of
 * likenesses joins rows that are not alike. Exact, unless a sketch is asked for: where that saves time, rows are first compared by a
 * bound that no similar pair falls below.
 *
 * @param vectors - [rows][dim]; their lengths do not matter
 * @param options - threshold, order, progress, cancellation
 * @returns groups of two or more, in the order of what is kept
 * @throws DinokitError `invalid-option` for a threshold that is no cosine, `tensor-invalid` for rows that are not finite or all zeros,
 *   `aborted`
 */
export async function groupSimilar(vectors: Tensor, options: GroupOptions): Promise<SimilarGroup[]> {
  const { threshold, signal, onProgress } = options
  assertThreshold(threshold)
  const rows = rowsOf(vectors)
  const { count } = rows
  const pause = createPause(signal)
  if (count < 2) return []
  const heads = options.sketch ? sketchHeads(rows, threshold) : exactHeads(rows, threshold)
  const groups = new Map<number, SimilarRow[]>()
  /** Rows that nothing stands for yet, in order. */
  let open: readonly number[] = options.order ?? Array.from({ length: count }, (_, row) => row)
  while (open.length > 0) {
    const first = open.slice(0, BLOCK)
    const kept = await within(first, { rows, heads, threshold, groups })
    const left: number[][] = []
    for (let start = BLOCK; start < open.length; start += BLOCK) {
      const block = open.slice(start, start + BLOCK)
      left.push(assign(kept, block, { rows, heads, threshold, groups }))
      await pause()
    }
    open = left.flat()
    onProgress?.({ name: 'rows', unit: 'rows', done: count - open.length, total: count })
  }
  return Array.from(groups, ([kept, others]) => ({ kept, others: others.sort((a, b) => b.similarity - a.similarity || a.row - b.row) }))
}

/** Refuses what is no cosine. */
export function assertThreshold(threshold: number): void {
  if (threshold > -1 && threshold <= 1) return
  throw new DinokitError('invalid-option', `The threshold is ${threshold}.`, {
    given: String(threshold),
    expected: 'a cosine: above -1, and 1 at most',
  })
}

/** State of a grouping. */
interface Grouping {
  readonly rows: RowVectors
  readonly heads: Heads
  readonly threshold: number
  readonly groups: Map<number, SimilarRow[]>
}

/** Decides which of a block's rows are kept. */
async function within(block: readonly number[], grouping: Grouping): Promise<number[]> {
  const pairs = candidates(block, block, grouping)
    .filter((pair) => pair >>> 16 < (pair & 0xffff))
    .sort()
  const taken = new Set<number>()
  for (const pair of pairs) {
    const [one, other] = [pair >>> 16, pair & 0xffff]
    if (taken.has(one) || taken.has(other)) continue
    if (join(block[one]!, block[other]!, grouping)) taken.add(other)
  }
  return block.filter((_, place) => !taken.has(place))
}

/** Gives rows of a block to the kept ones that stand for them, and returns the others. */
function assign(kept: readonly number[], block: readonly number[], grouping: Grouping): number[] {
  const taken = new Set<number>()
  for (const pair of candidates(kept, block, grouping).sort()) {
    const other = pair & 0xffff
    if (!taken.has(other) && join(kept[pair >>> 16]!, block[other]!, grouping)) taken.add(other)
  }
  return block.filter((_, place) => !taken.has(place))
}

function candidates(a: readonly number[], b: readonly number[], { heads, threshold }: Grouping): Uint32Array {
  return pairsAbove({
    a: headsAt(heads, a),
    b: headsAt(heads, b),
    dim: heads.width,
    thresholds: new Float32Array(a.length).fill(threshold - heads.slack),
  })
}

function join(kept: number, row: number, { rows, threshold, groups }: Grouping): boolean {
  const similarity = cosineOf(rows, kept, row)
  if (similarity < threshold - SAME) return false
  const group = groups.get(kept)
  if (group) group.push({ row, similarity })
  else groups.set(kept, [{ row, similarity }])
  return true
}

/** Heads of some rows, one after the other. */
export function headsAt({ data, width }: Heads, rows: readonly number[]): Float32Array {
  return vectorsAt(data, width, rows)
}
