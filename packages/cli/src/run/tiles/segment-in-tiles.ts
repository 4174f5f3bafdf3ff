import { mergeTiles, type MergeTilesOptions } from '@dinokit/analysis'
import type { Head, OpenImage, Placement, Tensor, Vision } from '@dinokit/core'
import type { Segmentation, SegmentOptions } from '@dinokit/head-segmentation'
import type { ImageSource } from '@dinokit/runtime-node'

/** Scores of a large image. */
export interface TiledScores extends Pick<Segmentation, 'known'> {
  /** [classes][rows][columns] */
  readonly logits: Tensor
  readonly placement: Placement
}

/** Has a head look at every tile of an image, and merges its scores. */
export async function segmentInTiles(
  vision: Vision<ImageSource, { readonly head: Head<SegmentOptions, Segmentation> }>,
  image: OpenImage,
  tiles: MergeTilesOptions,
): Promise<TiledScores> {
  const { signal } = tiles
  let known: Segmentation['known'] = []
  const { maps, placement } = await mergeTiles(
    image,
    vision.card,
    async ({ pixels }) => {
      const answer = await vision.heads.head(pixels, { size: 'source', ...(signal && { signal }) })
      known = answer.known
      return { logits: answer.logits }
    },
    tiles,
  )
  return { logits: maps.logits!, placement, known }
}
