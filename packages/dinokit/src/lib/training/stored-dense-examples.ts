import { DinokitError, tensor } from '@dinokit/core'
import type { RowInfo, Store } from '@dinokit/store'
import type { DenseExamples } from '@dinokit/train'
import { assertFinite } from './read-classification.ts'
import { storedName } from './stored-layers.ts'

/** A row that has an annotation. */
export type AnnotatedRow = Pick<RowInfo, 'id' | 'placement' | 'annotation'>

/** Options of {@link storedDenseExamples}. */
export interface StoredDenseOptions {
  /** Whose tokens are read, in the order of the examples’ numbers. */
  readonly rows: readonly AnnotatedRow[]
  /** Layers that are put side by side, counted from 1. */
  readonly layers: readonly number[]
  /** Number of the model’s layers. */
  readonly depth: number
  /** Width of a target: classes, or 1. */
  readonly width: number
  /**
   * What is known of a row’s patches.
   *
   * @param row - whose annotation is wanted
   * @param grid - rows and columns of patches
   * @returns [rows * columns][width]
   */
  readonly target: (row: AnnotatedRow, grid: readonly [number, number]) => Float32Array | Promise<Float32Array>
}

/**
 * Patch tokens of a store as examples for dense heads. Tokens and annotations are read when they are asked for: memory is
 * bounded by the batch.
 *
 * @param store - stays the caller’s, and open
 * @param options - rows, layers, targets
 * @throws DinokitError `tensor-missing` where the store lacks patches of a layer; while reading, `tensor-invalid` with the
 *   row’s id for tokens that are not finite, and what `target` throws
 */
export function storedDenseExamples(store: Store, { rows, layers, depth, width, target }: StoredDenseOptions): DenseExamples {
  const names = layers.map((layer) => storedName(store.layout, layer, 'patches', depth))
  const [height, breadth, dim] = store.layout.tensors[names[0]!] as [number, number, number]
  const grid = [height, breadth] as const
  const [patches, channels] = [height * breadth, names.length * dim]
  return {
    count: rows.length,
    grid,
    channels,
    async read(indices) {
      const wanted = indices.map((index) => rows[index]!)
      const batch = await store.get(
        wanted.map(({ id }) => id),
        { fields: ['id'], tensors: names },
      )
      if (batch.length !== wanted.length) {
        throw new DinokitError('store-invalid', `Rows of ${store.name} were taken away while it was read.`, { hint: 'Start again.' })
      }
      assertFinite(batch.tensors, batch.rows, store.name)
      const tokens = new Float32Array(wanted.length * patches * channels)
      names.forEach((name, place) => {
        const { data } = batch.tensors[name]!
        for (let i = 0; i < wanted.length * patches; i++) tokens.set(data.subarray(i * dim, (i + 1) * dim), i * channels + place * dim)
      })
      const targets = new Float32Array(wanted.length * patches * width)
      for (const [index, row] of wanted.entries()) targets.set(await target(row, grid), index * patches * width)
      return {
        tokens: tensor('float32', tokens, [wanted.length, patches, channels]),
        targets: tensor('float32', targets, [wanted.length, patches, width]),
      }
    },
  }
}
