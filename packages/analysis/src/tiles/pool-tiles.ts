import { tensor, type OpenImage, type Placement, type Tensor } from '@dinokit/core'
import { mergeTilesByBand, type MergeTilesOptions, type TileMaps } from './merge-tiles.ts'
import { planTiles } from './plan-tiles.ts'
import { outlierPatches, patchFacet } from '../objects/outlier-patches.ts'
import type { TiledVision } from './embed-tiles.ts'

/** Options of {@link poolTiles}. */
export interface PoolTilesOptions extends Omit<MergeTilesOptions, 'layout'> {
  /** Layer whose keys are taken. Default: the last. */
  readonly layer?: number
  /** Most cells along a side. Default 50. */
  readonly cells?: number
}

/** Keys of a large image on a grid that is small enough to compare every cell with every other. */
export interface PooledTiles {
  /** [rows][columns][dim]: the mean of each cell's patches. */
  readonly features: Tensor
  /** [rows][columns], 1 for cells of which most patches hold notes of the model's in place of what the image shows. */
  readonly ignored: Tensor<'bool'>
  /** Place of the grid in the image. */
  readonly placement: Placement
}

/**
 * Looks at a large image tile by tile, and averages the keys of its patches over a small grid: what `discoverObjects` takes to find
 * objects in the whole of it. Memory does not grow with the image's size.
 *
 * @param vision - opened with `facets` and `rawLayers` of the layer
 * @param image - open; stays the caller's
 * @param options - layer, cells, side and overlap of tiles
 * @throws DinokitError `tensor-missing` without those outputs; those of {@link mergeTilesByBand}
 */
export async function poolTiles(vision: TiledVision, image: OpenImage, options: PoolTilesOptions = {}): Promise<PooledTiles> {
  const { layer = vision.card.architecture.depth, cells = 50, ...merging } = options
  const { signal } = merging
  const { grid, placement } = planTiles(image.size, vision.card, merging)
  const [rows, columns] = grid.map((length) => Math.max(1, Math.round(length / Math.max(1, Math.max(...grid) / cells)))) as [number, number]
  const ask = async ({ pixels }: { readonly pixels: Parameters<TiledVision['embed']>[0] }): Promise<TileMaps> => {
    const tokens = await vision.embed(pixels, { size: 'source', ...(signal && { signal }) })
    return { keys: weighted(patchFacet(tokens, layer), outlierPatches(tokens.rawLayers[layer]!.patches)) }
  }
  let sums: Float64Array | undefined
  const counts = new Uint32Array(rows * columns)
  let width = 0
  for await (const { top, maps } of mergeTilesByBand(image, vision.card, ask, { ...merging, layout: 'tokens' })) {
    const keys = maps.keys!
    width = keys.shape[2]!
    sums ??= new Float64Array(rows * columns * width)
    for (let patch = 0; patch * width < keys.data.length; patch++) {
      const row = Math.floor(((top + Math.floor(patch / grid[1]) + 0.5) * rows) / grid[0])
      const cell = row * columns + Math.floor((((patch % grid[1]) + 0.5) * columns) / grid[1])
      counts[cell]!++
      for (let i = 0; i < width; i++) sums[cell * width + i]! += keys.data[patch * width + i]!
    }
  }
  return { ...pooledOf(sums!, counts, [rows, columns, width - 1]), placement }
}

/** Keys, zero where a patch does not count, and behind them 1 where it does: means over both are means of those that count. */
function weighted({ data, shape }: Tensor, ignored: Tensor<'bool'>): Tensor {
  const [rows, columns, dim] = shape as [number, number, number]
  const result = new Float32Array(rows * columns * (dim + 1))
  for (let patch = 0; patch < rows * columns; patch++) {
    if (ignored.data[patch]) continue
    result.set(data.subarray(patch * dim, (patch + 1) * dim), patch * (dim + 1))
    result[patch * (dim + 1) + dim] = 1
  }
  return tensor('float32', result, [rows, columns, dim + 1])
}

function pooledOf(
  sums: Float64Array,
  counts: Uint32Array,
  [rows, columns, dim]: readonly [number, number, number],
): Pick<PooledTiles, 'features' | 'ignored'> {
  const features = new Float32Array(rows * columns * dim)
  const ignored = new Uint8Array(rows * columns)
  for (let cell = 0; cell < rows * columns; cell++) {
    const start = cell * (dim + 1)
    const counted = sums[start + dim]!
    ignored[cell] = Number(2 * counted < counts[cell]!)
    for (let i = 0; i < dim && counted > 0; i++) features[cell * dim + i] = sums[start + i]! / counted
  }
  return { features: tensor('float32', features, [rows, columns, dim]), ignored: tensor('bool', ignored, [rows, columns]) }
}
