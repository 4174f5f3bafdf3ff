import { mergeTiles, outlierPatches, type MergeTilesOptions, type TiledVision } from '@dinokit/analysis'
import { tensor, type OpenImage, type Placement, type Tensor } from '@dinokit/core'
import { analyzeAttention, type AttentionChoice, type FoundAttention } from '../analysis/analyze-attention.ts'

/** Attention over a large image, and its place in it. */
export interface TiledAttention {
  readonly found: FoundAttention
  readonly placement: Placement
}

/**
 * Weight of a patch that holds notes of the model's in place of what the image shows: another tile's value counts, where there is one.
 * Corners of tiles are such patches in models without registers, and would be seen as a pattern of bright spots.
 */
const OUTLIER_WEIGHT = 1e-4

/** Takes what the class token of each tile attends to within it, merged over the image. The vision has raw tokens of the layer, too. */
export async function attentionInTiles(
  vision: TiledVision,
  image: OpenImage,
  choice: Omit<AttentionChoice, 'query' | 'target'>,
  tiles: MergeTilesOptions,
): Promise<TiledAttention> {
  const { signal } = tiles
  let last: FoundAttention | undefined
  const { maps, placement } = await mergeTiles(
    image,
    vision.card,
    async ({ pixels }) => {
      const tokens = await vision.embed(pixels, { size: 'source', ...(signal && { signal }) })
      last = analyzeAttention(tokens, { ...choice, query: 'cls' })
      const outliers = outlierPatches(tokens.rawLayers[choice.layer]!.patches)
      const weight = tensor(
        'float32',
        Float32Array.from(outliers.data, (outlier) => (outlier ? OUTLIER_WEIGHT : 1)),
        outliers.shape,
      )
      const counted = (map: Tensor): Tensor => byCell(map, weight, (value, factor) => value * factor)
      return { maps: counted(last.maps), mean: counted(last.mean), weight, ...(last.rollout && { rollout: counted(last.rollout) }) }
    },
    tiles,
  )
  const merged = (map: Tensor): Tensor => byCell(map, maps.weight!, (sum, weights) => sum / weights)
  const { layer, names } = last!
  return {
    found: { layer, names, maps: merged(maps.maps!), mean: merged(maps.mean!), ...(maps.rollout && { rollout: merged(maps.rollout) }) },
    placement,
  }
}

/** Brings each cell of maps together with that of one map. */
function byCell({ data, shape }: Tensor, { data: cells }: Tensor, of: (value: number, cell: number) => number): Tensor {
  return tensor(
    'float32',
    Float32Array.from(data, (value, i) => of(value, cells[i % cells.length]!)),
    shape,
  )
}
