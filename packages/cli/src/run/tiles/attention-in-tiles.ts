import { mergeTiles, type MergeTilesOptions, type TiledVision } from '@dinokit/analysis'
import type { OpenImage, Placement } from '@dinokit/core'
import { analyzeAttention, type AttentionChoice, type FoundAttention } from '../analysis/analyze-attention.ts'

/** Attention over a large image, and its place in it. */
export interface TiledAttention {
  readonly found: FoundAttention
  readonly placement: Placement
}

/** Takes what the class token of each tile attends to within it, merged over the image. */
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
      return { maps: last.maps, mean: last.mean, ...(last.rollout && { rollout: last.rollout }) }
    },
    tiles,
  )
  const { layer, names } = last!
  return { found: { layer, names, maps: maps.maps!, mean: maps.mean!, ...(maps.rollout && { rollout: maps.rollout }) }, placement }
}
