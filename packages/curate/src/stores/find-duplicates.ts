import type { Store } from '@dinokit/store'
import { groupSimilar } from '../vectors/group-similar.ts'
import { measured, type Measure, type MeasureOptions } from './measure.ts'
import { readRows, type CuratedRow, type StoreRowOptions } from './read-rows.ts'

/** Options of {@link findDuplicates}. */
export interface DuplicateOptions extends StoreRowOptions, MeasureOptions {
  /** Image of a group that is kept: the one of most pixels, of equals the one that came first; or the one that came first. Default `largest`. */
  readonly keep?: 'largest' | 'first'
}

/** An image that another one makes superfluous. */
export interface Duplicate {
  readonly row: CuratedRow
  /** Similarity with the one that is kept. */
  readonly similarity: number
  /** `same-file` where both files have the same bytes, else `near`. */
  readonly kind: 'same-file' | 'near'
}

/** An image that is kept, and its duplicates. */
export interface DuplicateGroup {
  readonly kept: CuratedRow
  /** Most similar first; never empty. */
  readonly duplicates: readonly Duplicate[]
}

/** Duplicates of a store, and how they were told. */
export interface Duplicates {
  /** Groups of two or more, in the order of their first rows. */
  readonly groups: readonly DuplicateGroup[]
  /** Number of rows that were compared. */
  readonly rows: number
  readonly measure: Measure
  readonly threshold: number
}

/**
 * Finds the duplicates of a store: images that differ by no more than encoding, size or a little cropping, by the similarity of what
 * stands for them. Each is as similar as the threshold says to the image that is kept in its place ({@link groupSimilar}). Files of
 * the same bytes have equal vectors.
 *
 * @param store - stays the caller's; nothing is changed
 * @param options - measure, threshold, which to keep, which rows, progress, cancellation
 * @throws DinokitError `invalid-option`, `tensor-invalid` with the id, `store-invalid`, `aborted`, `disposed`
 */
export async function findDuplicates(store: Store, options: DuplicateOptions = {}): Promise<Duplicates> {
  const { keep = 'largest', measure: wanted, threshold: least, ...rest } = options
  const { rows, vectors: read } = await readRows(store, rest)
  const order = Array.from(rows.keys())
  if (keep === 'largest') {
    const pixels = Float64Array.from(rows, ({ placement: { source } }) => source.width * source.height)
    order.sort((a, b) => pixels[b]! - pixels[a]! || a - b)
  }
  const { vectors, measure, threshold, sketch } = measured(read, {
    ...(wanted !== undefined && { measure: wanted }),
    ...(least !== undefined && { threshold: least }),
  })
  const groups = await groupSimilar(vectors, { ...rest, threshold, order, sketch })
  const firstOf = ({ kept, others }: (typeof groups)[number]): number => others.reduce((first, { row }) => Math.min(first, row), kept)
  groups.sort((a, b) => firstOf(a) - firstOf(b))
  return {
    rows: rows.length,
    measure,
    threshold,
    groups: groups.map(({ kept, others }) => ({
      kept: rows[kept]!,
      duplicates: others.map(({ row, similarity }) => ({
        row: rows[row]!,
        similarity,
        kind: rows[row]!.hash === rows[kept]!.hash ? 'same-file' : 'near',
      })),
    })),
  }
}
