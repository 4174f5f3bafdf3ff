import { DinokitError, planInput, preprocessingId, type Fingerprint, type ModelCard, type Placement, type Size } from '@dinokit/core'

/** Options of looking at a large image tile by tile. */
export interface TileOptions {
  /** Side of a tile in pixels, a multiple of the patch. Default: the multiple nearest to 518. */
  readonly tile?: number
  /** Pixels that a tile shares with the next one, a multiple of the patch, at most half a tile. Default: the multiple nearest to 112. */
  readonly overlap?: number
}

/** Model whose tiles are planned: a vision's `card`. */
export type TiledCard = Pick<ModelCard, 'architecture' | 'preprocessing'>

/** Plan of an image's tiles. Plain data. */
export interface TilePlan {
  /** Place of the whole grid in the image: the image at its own size, its sides brought to multiples of the patch. */
  readonly placement: Placement
  /** Side of a patch in pixels. */
  readonly patch: number
  /** Rows and columns of patches of the whole image. */
  readonly grid: readonly [rows: number, columns: number]
  /** Rows and columns of patches of one tile: less than a tile's side where the image is smaller. */
  readonly tile: readonly [rows: number, columns: number]
  /** Patches that neighbors share. */
  readonly overlap: number
  /** First row of each row of tiles, in patches. */
  readonly tops: readonly number[]
  /** First column of each column of tiles, in patches. */
  readonly lefts: readonly number[]
  /** Side and overlap of tiles in pixels. */
  readonly sides: Required<TileOptions>
  /** Name of this way to preprocess, for a fingerprint, such as `tiles518-112`. */
  readonly name: string
}

/**
 * Plans the tiles of an image: it is seen at its own size (the input size `native`), in tiles that overlap; the last ones end where
 * the image does.
 *
 * @param source - upright size of the image
 * @param card - of the model
 * @param options - side and overlap of tiles
 * @throws DinokitError `size-invalid` for a side or an overlap that is no multiple of the patch, or an overlap of more than half a tile
 */
export function planTiles(source: Size, { architecture: { patch }, preprocessing }: TiledCard, options: TileOptions = {}): TilePlan {
  const nearest = (length: number): number => Math.max(1, Math.round(length / patch)) * patch
  const { tile = nearest(518), overlap = Math.min(nearest(112), Math.floor(tile / patch / 2) * patch) } = options
  assertTiles(tile, overlap, patch)
  const { placement } = planInput(source, { size: 'native', preprocessing, patch })
  const grid = [placement.input.height / patch, placement.input.width / patch] as const
  const [rows, columns] = [Math.min(tile / patch, grid[0]), Math.min(tile / patch, grid[1])]
  const stride = (tile - overlap) / patch
  return {
    placement,
    patch,
    grid,
    tile: [rows, columns],
    overlap: overlap / patch,
    tops: startsOf(grid[0], rows, stride),
    lefts: startsOf(grid[1], columns, stride),
    sides: { tile, overlap },
    name: `tiles${tile}-${overlap}`,
  }
}

/**
 * Returns the fingerprint of tokens that are of tiles: they differ from those of whole images, and of other tiles.
 *
 * @param fingerprint - of the tokens of one tile
 * @param card - of the model
 * @param plan - of the tiles
 */
export function tilesFingerprint(fingerprint: Fingerprint, { preprocessing }: TiledCard, { name }: Pick<TilePlan, 'name'>): Fingerprint {
  return { ...fingerprint, preprocessing: `${name}-${preprocessingId(preprocessing, 'native')}` }
}

/** Starts of tiles along one side. */
function startsOf(length: number, tile: number, stride: number): number[] {
  const count = Math.ceil(Math.max(length - tile, 0) / stride) + 1
  return Array.from({ length: count }, (_, index) => Math.min(index * stride, length - tile))
}

function assertTiles(tile: number, overlap: number, patch: number): void {
  const multiple = (length: number): boolean => Number.isInteger(length / patch)
  if (tile > 0 && multiple(tile) && overlap >= 0 && multiple(overlap) && 2 * overlap <= tile) return
  const nearest = Math.max(1, Math.round(tile / patch)) * patch || patch
  throw new DinokitError('size-invalid', `Tiles of ${tile} that share ${overlap} pixels do not divide into patches of ${patch}x${patch}.`, {
    given: `tile ${tile}, overlap ${overlap}`,
    expected: `multiples of ${patch}, such as ${nearest} and ${Math.floor(nearest / patch / 4) * patch}; an overlap of at most half a tile`,
  })
}
