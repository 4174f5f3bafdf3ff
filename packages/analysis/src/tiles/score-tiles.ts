import type { Fingerprint, OpenImage, Placement } from '@dinokit/core'
import type { PatchSearch } from '../anomaly/patch-search.ts'
import { scorePatches, type AnomalyScore } from '../anomaly/score-patches.ts'
import { layerPatches } from '../grid/layer-patches.ts'
import type { TiledVision } from './embed-tiles.ts'
import { mergeTiles, type MergeTilesOptions } from './merge-tiles.ts'
import { planTiles, tilesFingerprint } from './plan-tiles.ts'

/** Options of {@link scoreTiles}. */
export interface ScoreTilesOptions extends Omit<MergeTilesOptions, 'layout'> {
  /** Layer whose patches are compared, counted from 1. Default: the last. */
  readonly layer?: number
  /** A part of the bank that is left out, counted from 0. */
  readonly without?: number
  /** Told the fingerprint of the first tile's tokens before they are compared; what it throws, as of another bank's, ends the work. */
  readonly onFingerprint?: (fingerprint: Fingerprint) => void
}

/** Score of a large image. */
export interface TiledScore extends AnomalyScore {
  /** The largest score of a tile, so that a defect counts as much in a large image as in a small one. */
  readonly score: number
  /** Place of the distances in the image. */
  readonly placement: Placement
}

/**
 * Scores a large image tile by tile by the distances of its patches to a bank of good ones that tiles of the same sides showed. Memory
 * is that of a tile, a row of distances and the result, whatever the image's size.
 *
 * @param vision - opened with `layers` of the layer, unless that is the last
 * @param image - open; stays the caller's
 * @param search - of the bank
 * @param options - layer, part of the bank that is left out, side and overlap of tiles
 * @returns distances are merged over the whole image, [rows][columns]
 * @throws DinokitError those of {@link mergeTiles}, of `embed` and of `scorePatches`
 */
export async function scoreTiles(
  vision: TiledVision,
  image: OpenImage,
  search: PatchSearch,
  { layer = vision.card.architecture.depth, without, onFingerprint, ...merging }: ScoreTilesOptions = {},
): Promise<TiledScore> {
  const { signal } = merging
  const plan = planTiles(image.size, vision.card, merging)
  let score: number | undefined
  const { maps, placement } = await mergeTiles(
    image,
    vision.card,
    async ({ pixels }) => {
      const tokens = await vision.embed(pixels, { size: 'source', ...(signal && { signal }) })
      if (score === undefined) onFingerprint?.(tilesFingerprint(tokens.fingerprint, vision.card, plan))
      const found = await scorePatches(search, layerPatches(tokens, layer), {
        ...(without !== undefined && { without }),
        ...(signal && { signal }),
      })
      score = Math.max(score ?? 0, found.score)
      return { distances: found.distances }
    },
    merging,
  )
  return { score: score!, distances: maps.distances!, placement }
}
