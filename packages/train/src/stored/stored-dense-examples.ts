import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import { headsOfLayer, type AttentionHead } from '@dinokit/head-kit'
import { countElements, type RowInfo, type Store, type StoreLayout } from '@dinokit/store'
import type { DenseExamples } from '../index.ts'
import { assertFinite } from './read-classification.ts'
import { assertMirrored, storedAs, storedName } from './stored-layers.ts'

/** A row that has an annotation. */
export type AnnotatedRow = Pick<RowInfo, 'id' | 'placement' | 'annotation'>

/** Input of a dense head. */
export type DenseInput = 'patches' | 'classAttention'

/** Options of {@link storedDenseExamples}. */
export interface StoredDenseOptions {
  /** Tensor to read of each layer: tokens of patches, or what class tokens attend to. Default patches. */
  readonly part?: DenseInput
  /** Whose tokens are read, in the order of the examples’ numbers. */
  readonly rows: readonly AnnotatedRow[]
  /** Give each row once more, mirrored, after all the others. The store must hold it. Default false. */
  readonly flip?: boolean
  /** Layers that are put side by side, counted from 1. */
  readonly layers: readonly number[]
  /** Attention heads that are read, layer by layer. Default: all of each layer. */
  readonly heads?: readonly AttentionHead[]
  /** Number of the model’s layers. */
  readonly depth: number
  /** Width of a target: classes, or 1. */
  readonly width: number
  /**
   * Makes the target of a row’s patches.
   *
   * @param row - whose annotation is wanted
   * @param grid - rows and columns of patches
   * @returns [rows * columns][width]
   */
  readonly target: (row: AnnotatedRow, grid: readonly [number, number]) => Float32Array | Promise<Float32Array>
}

/**
 * Patch tokens or attention of a store as examples for dense heads. They and annotations are read when they are asked for:
 * memory is bounded by the batch.
 *
 * @param store - stays the caller’s, and open
 * @param options - rows, layers, targets
 * @throws DinokitError `tensor-missing` where the store lacks a layer, or what is mirrored; while reading, `tensor-invalid`
 *   with the row’s id for tokens that are not finite, and what `target` throws
 */
export function storedDenseExamples(
  store: Store,
  { rows, part = 'patches', flip = false, layers, heads, depth, width, target }: StoredDenseOptions,
): DenseExamples {
  const names = layers.map((layer) => storedName(store.layout, layer, part, depth))
  if (flip) assertMirrored(store, names)
  const shape = store.layout.tensors[names[0]!]!
  const grid = (part === 'patches' ? shape.slice(0, 2) : shape.slice(1)) as [number, number]
  const patches = grid[0] * grid[1]
  const each = countElements(shape) / patches
  // Places of the channels that each layer has, and where they go.
  const places = layers.map((layer) =>
    heads ? headsOfLayer({ heads }, layer, each).map((head) => head - 1) : Array.from({ length: each }, (_, i) => i),
  )
  const starts = places.map((_, index) => places.slice(0, index).reduce((sum, own) => sum + own.length, 0))
  const channels = places.reduce((sum, own) => sum + own.length, 0)
  return {
    count: rows.length * (flip ? 2 : 1),
    grid,
    channels,
    async read(indices) {
      const wanted = indices.map((index) => ({ row: rows[index % rows.length]!, mirrored: index >= rows.length }))
      const tokens = numbers(store.layout.dtype, wanted.length * patches * channels)
      const targets = new Float32Array(wanted.length * patches * width)
      for (const side of flip ? [false, true] : [false]) {
        const wantedAt = [...wanted.keys()].filter((place) => wanted[place]!.mirrored === side)
        const stored = await readRows(
          store,
          wantedAt.map((place) => wanted[place]!.row.id),
          names.map((name) => storedAs(name, side)),
        )
        for (const [index, place] of wantedAt.entries()) {
          stored.forEach(({ data }, layer) => {
            const from = data.subarray(index * patches * each, (index + 1) * patches * each)
            copyPatches(from, tokens.data.subarray(place * patches * channels + starts[layer]!), {
              patches,
              each,
              channels,
              part,
              own: places[layer]!,
            })
          })
          const known = await target(wanted[place]!.row, grid)
          targets.set(side ? mirrorColumns(known, grid[1], width) : known, place * patches * width)
        }
      }
      return {
        tokens: { ...tokens, shape: [wanted.length, patches, channels] },
        targets: tensor('float32', targets, [wanted.length, patches, width]),
      }
    },
  }
}

/** Tensors of rows, in the order of their names. */
async function readRows(store: Store, ids: readonly string[], names: readonly string[]): Promise<(Tensor | Tensor<'float16'>)[]> {
  const { length, rows, tensors } = await store.getStored(ids, { fields: ['id'], tensors: names })
  if (length !== ids.length) {
    throw new DinokitError('store-invalid', `Rows of ${store.name} were taken away while it was read.`, { hint: 'Start again.' })
  }
  assertFinite(tensors, rows, store.name)
  return names.map((name) => tensors[name]!)
}

type Numbers = Float32Array | Uint16Array

function numbers(dtype: StoreLayout['dtype'], length: number): Pick<Tensor, 'dtype' | 'data'> | Pick<Tensor<'float16'>, 'dtype' | 'data'> {
  return dtype === 'float16' ? { dtype, data: new Uint16Array(length) } : { dtype, data: new Float32Array(length) }
}

/** Puts a layer of an image, [patches][each] or [each][patches], beside others, [patches][channels]. */
function copyPatches(
  from: Numbers,
  to: Numbers,
  of: {
    readonly patches: number
    readonly each: number
    readonly channels: number
    readonly part: DenseInput
    /** Channels of attention that are taken. */
    readonly own: readonly number[]
  },
): void {
  const { patches, each, channels, part, own } = of
  for (let patch = 0; patch < patches; patch++) {
    if (part === 'patches') to.set(from.subarray(patch * each, (patch + 1) * each), patch * channels)
    else for (let channel = 0; channel < own.length; channel++) to[patch * channels + channel] = from[own[channel]! * patches + patch]!
  }
}

/** [rows * columns][width], from left to right. */
function mirrorColumns(values: Float32Array, columns: number, width: number): Float32Array {
  return Float32Array.from(values, (_, i) => {
    const column = Math.floor(i / width) % columns
    return values[i + (columns - 1 - 2 * column) * width]!
  })
}
