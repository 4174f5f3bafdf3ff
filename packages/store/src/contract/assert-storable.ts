import { DinokitError } from '@dinokit/core'
import { countElements, type StoreLayout } from './store-layout.ts'
import type { StoreRow } from './store.ts'

/** The largest number that float16 holds. */
const LARGEST_HALF = 65_504

/**
 * Refuses a row that a store of this layout can’t keep.
 *
 * @param row - that is to be appended
 * @param layout - of the store
 * @throws DinokitError `tensor-missing`; `tensor-invalid` for another shape, for NaN and infinity, and for those that
 *   float16 does not hold
 */
export function assertStorable(row: StoreRow, layout: StoreLayout): void {
  const limit = layout.dtype === 'float16' ? LARGEST_HALF : Number.MAX_VALUE
  for (const [name, shape] of Object.entries(layout.tensors)) {
    const found = row.tensors[name]
    if (!found)
      throw new DinokitError('tensor-missing', `${row.id} has no ${name}.`, {
        given: Object.keys(row.tensors).join(', '),
        expected: Object.keys(layout.tensors).join(', '),
      })
    if (found.shape.join() !== shape.join() || found.data.length !== countElements(shape))
      throw new DinokitError('tensor-invalid', `${row.id} has ${name} of shape [${found.shape.join('][')}].`, {
        given: `[${found.shape.join('][')}]`,
        expected: `[${shape.join('][')}], as the others of the store`,
        hint: 'Patches need one input size for all images, such as --size 224 or 448x336.',
      })
    const bad = firstBeyond(found.data, limit)
    if (bad >= 0)
      throw new DinokitError('tensor-invalid', `${row.id} has ${found.data[bad]!} in ${name}, at element ${bad}.`, {
        given: String(found.data[bad]),
        expected: limit === LARGEST_HALF ? 'finite numbers of at most 65,504, which float16 holds' : 'finite numbers',
      })
  }
}

/** Index of the first element that is no number or beyond the limit; -1 where there is none. */
export function firstBeyond(data: Float32Array, limit: number = Number.MAX_VALUE): number {
  for (let i = 0; i < data.length; i++) if (!(Math.abs(data[i]!) <= limit)) return i
  return -1
}
