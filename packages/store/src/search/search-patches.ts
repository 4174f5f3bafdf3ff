import { DinokitError, toSource, type OnProgress, type Placement, type Region, type Tensor } from '@dinokit/core'
import { productsOf } from '@dinokit/core/vectors'
import { isAmongBest, keepBest } from '../contract/top-list.ts'
import { bytesPerRow } from '../contract/store-layout.ts'
import { ROW_FIELDS, type Neighbor, type RowField, type RowFilter, type Store } from '../contract/store.ts'
import { assertCount } from '../lib/assert-count.ts'
import { assertQuery } from './assert-query.ts'

/** Options of {@link searchPatches}. */
export interface PatchSearchOptions<Field extends RowField = RowField> extends RowFilter {
  /** Number of images. Default 10. */
  readonly top?: number
  /** Parts of what is known of an image. Default: all. */
  readonly fields?: readonly Field[]
  /** Told how many rows are done. */
  readonly onProgress?: OnProgress
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** An image, and its patch that is nearest to what was searched for: `similarity` is the cosine of that patch’s token. */
export type PatchNeighbor<Field extends RowField = RowField> = Neighbor<Field> & {
  /** Place of the patch in the grid, counted from 0. */
  readonly patch: { readonly row: number; readonly column: number }
  /** Pixels of the source image that the patch covers. */
  readonly region: Region
}

const DEFAULT_TOP = 10
/** Bytes of patches that are held at once. */
const HELD = 16_000_000

/**
 * Searches the patches of a store: the images with the patch whose token has the largest cosine with a given one, each image once, the
 * nearest first. Exact; every patch of every image is read.
 *
 * @param store - which keeps `patches`; stays the caller's
 * @param token - [dim] of a patch, or the mean of several, such as `regionToken` of @dinokit/analysis
 * @param options - number, which rows, progress, cancellation
 * @throws DinokitError `tensor-missing` for a store without patches, `tensor-invalid`, `invalid-option`, `aborted`, `disposed`
 */
export async function searchPatches<Field extends RowField = RowField>(
  store: Store,
  token: Tensor,
  options: PatchSearchOptions<Field> = {},
): Promise<PatchNeighbor<Field>[]> {
  const { top = DEFAULT_TOP, fields = ROW_FIELDS, onProgress, ...rest } = options
  assertPatches(store)
  const grid = store.layout.tensors.patches!
  const [, columns, dim] = grid as [number, number, number]
  assertCount('top', top)
  assertQuery(store.name, token, [dim])
  const total = await store.count(rest)
  const read: readonly RowField[] = [...fields, 'placement']
  const best: (Neighbor & { readonly place: number })[] = []
  const batch = Math.max(1, Math.min(256, Math.floor(HELD / bytesPerRow(store.layout, ['patches']))))
  let done = 0
  for await (const { rows, tensors } of store.iterate({ ...rest, fields: read, batch, tensors: ['patches'] })) {
    const found = nearestPatches(tensors.patches!, token)
    rows.forEach((row, i) => {
      const { similarity, place } = found[i]!
      if (isAmongBest(best, similarity, top)) keepBest(best, { ...row, similarity, place }, top)
    })
    done += rows.length
    onProgress?.({ name: 'rows', unit: 'rows', done, total })
  }
  const wanted = fields.includes('placement' as Field)
  return best.map(({ place, placement, ...row }) => {
    const patch = { row: Math.floor(place / columns), column: place % columns }
    const region = regionOf(patch, placement, grid)
    return { ...row, ...(wanted && { placement }), patch, region } as PatchNeighbor
  })
}

/**
 * Refuses a store that keeps no patches.
 *
 * @throws DinokitError `tensor-missing`
 */
export function assertPatches({ name, layout }: Pick<Store, 'name' | 'layout'>): void {
  if (layout.tensors.patches) return
  throw new DinokitError('tensor-missing', `The store ${name} keeps no patches, so parts of its images can’t be compared.`, {
    given: Object.keys(layout.tensors).join(', '),
    expected: 'patches',
    hint: 'Index the images into another store with --patches, or layoutFor(vision, { patches: true }).',
  })
}

/** The nearest patch of each image, of equals the first; patches that are all zeros have a cosine of 0. */
function nearestPatches({ data, shape }: Tensor, token: Tensor): { readonly similarity: number; readonly place: number }[] {
  const [images, rows, columns, dim] = shape as [number, number, number, number]
  const own = Math.hypot(...token.data)
  const products = productsOf(data, token.data, dim)
  return Array.from({ length: images }, (_, image) => {
    let [similarity, place] = [-Infinity, 0]
    for (let patch = 0; patch < rows * columns; patch++) {
      const at = image * rows * columns + patch
      let square = 0
      for (let i = at * dim; i < (at + 1) * dim; i++) square += data[i]! * data[i]!
      const cosine = square > 0 ? products[at]! / (Math.sqrt(square) * own) : 0
      if (cosine > similarity) [similarity, place] = [cosine, patch]
    }
    return { similarity, place }
  })
}

function regionOf({ row, column }: PatchNeighbor['patch'], placement: Placement, [rows, columns]: readonly number[]): Region {
  const { input, source } = placement
  const [across, down] = [input.width / columns!, input.height / rows!]
  const box = toSource(placement, [column * across, row * down, (column + 1) * across, (row + 1) * down])
  const [left, top] = [Math.max(0, Math.floor(box[0])), Math.max(0, Math.floor(box[1]))]
  const [right, bottom] = [Math.min(source.width, Math.ceil(box[2])), Math.min(source.height, Math.ceil(box[3]))]
  return { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) }
}
