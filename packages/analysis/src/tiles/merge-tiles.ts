import { assertNotAborted, tensor, type OpenImage, type Pixels, type Placement, type Tensor } from '@dinokit/core'
import { createBandSums, type BandSums, type TileLayout } from './band-sums.ts'
import { planTiles, type TiledCard, type TileOptions, type TilePlan } from './plan-tiles.ts'
import { createTileReader } from './tile-reader.ts'

/** Tensors of one tile, or of the whole image, by name. */
export type TileMaps = Readonly<Record<string, Tensor>>

/** Options of {@link mergeTiles}. */
export interface MergeTilesOptions extends TileOptions {
  /** Order of what is merged: `maps`, [rows][columns] or [maps][rows][columns]; `tokens`, [rows][columns][dim]. Default `maps`. */
  readonly layout?: TileLayout
  /** Told how many tiles are done. */
  readonly onTile?: (done: number, all: number) => void
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** One tile of an image. */
export interface Tile {
  /** The model's input: embed it with `size: 'source'`. */
  readonly pixels: Pixels
  /** Place of the tile in the image. */
  readonly placement: Placement
}

/** Maps of a large image, merged from its tiles. */
export interface MergedTiles {
  /** Those of each tile, over the whole image: [...][rows][columns], or [rows][columns][dim]. */
  readonly maps: TileMaps
  /** Place of the maps in the image, for `resizeToSource` and the like. */
  readonly placement: Placement
  readonly plan: TilePlan
}

/** Merged rows of an image, from top to bottom. */
export interface MergedBand {
  /** First row of patches. */
  readonly top: number
  /** Number of rows of patches. */
  readonly rows: number
  readonly maps: TileMaps
}

/**
 * Looks at a large image tile by tile at its own size, and merges what is found: each tile's share falls off toward its edges, so that
 * no seam shows. Memory is that of one row of tiles and of the result, whatever the image's size.
 *
 * @param image - open: `await runtime.openImage(source)`; stays the caller's
 * @param card - of the model: `vision.card`
 * @param ask - finds the maps of one tile, one cell a patch or several, such as by `vision.embed(tile.pixels, { size: 'source' })`
 * @param options - side and overlap of tiles, the layout
 * @throws DinokitError `size-invalid`, `tensor-invalid` for maps that do not fit their tile, `aborted`; those of reading the image, and
 *   what `ask` throws
 */
export async function mergeTiles(
  image: OpenImage,
  card: TiledCard,
  ask: (tile: Tile) => Promise<TileMaps> | TileMaps,
  options: MergeTilesOptions = {},
): Promise<MergedTiles> {
  const plan = planTiles(image.size, card, options)
  const whole = new Map<string, Tensor>()
  for await (const { top, maps } of mergeTilesByBand(image, card, ask, options)) {
    for (const [name, band] of Object.entries(maps)) {
      const to = whole.get(name) ?? emptyWhole(band, plan, options.layout)
      whole.set(name, to)
      copyBand(band, to, (top * rowsOf(to, options.layout)) / plan.grid[0], options.layout)
    }
  }
  return { maps: Object.fromEntries(whole), placement: plan.placement, plan }
}

/**
 * Does what {@link mergeTiles} does, and hands out rows as soon as no further tile can change them.
 *
 * @param image - open; stays the caller's
 * @param card - of the model
 * @param ask - finds the maps of one tile
 * @param options - side and overlap of tiles, the layout
 * @throws DinokitError those of {@link mergeTiles}
 */
export async function* mergeTilesByBand(
  image: OpenImage,
  card: TiledCard,
  ask: (tile: Tile) => Promise<TileMaps> | TileMaps,
  { layout = 'maps', onTile, signal, ...options }: MergeTilesOptions = {},
): AsyncGenerator<MergedBand, void, undefined> {
  const plan = planTiles(image.size, card, options)
  const { tops, lefts, tile, patch, placement } = plan
  const reader = createTileReader(image, card, plan)
  const sums = new Map<string, BandSums>()
  const all = tops.length * lefts.length
  for (const [index, top] of tops.entries()) {
    for (const [column, left] of lefts.entries()) {
      assertNotAborted(signal)
      const at = { left: left * patch, top: top * patch, input: { width: tile[1] * patch, height: tile[0] * patch } }
      const maps = await ask({ pixels: await reader.read(top, left), placement: { ...placement, ...at } })
      for (const [name, map] of Object.entries(maps)) {
        const to = sums.get(name) ?? createBandSums(name, map, plan, layout)
        sums.set(name, to)
        to.add(map, left)
      }
      onTile?.(index * lefts.length + column + 1, all)
    }
    const rows = (tops[index + 1] ?? plan.grid[0]) - top
    yield { top, rows, maps: Object.fromEntries([...sums].map(([name, of]) => [name, of.take(rows)])) }
  }
}

function rowsOf({ shape }: Tensor, layout: TileLayout = 'maps'): number {
  return layout === 'tokens' ? shape[0]! : shape.at(-2)!
}

function emptyWhole(band: Tensor, { grid: [rows, columns] }: TilePlan, layout: TileLayout = 'maps'): Tensor {
  const shape =
    layout === 'tokens'
      ? [rows, columns, band.shape[2]!]
      : [...band.shape.slice(0, -2), (rows * band.shape.at(-1)!) / columns, band.shape.at(-1)!]
  return tensor('float32', new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)
}

/** Copies rows of a band to where they belong. */
function copyBand(band: Tensor, to: Tensor, top: number, layout: TileLayout = 'maps'): void {
  if (layout === 'tokens') {
    to.data.set(band.data, top * to.shape[1]! * to.shape[2]!)
    return
  }
  const columns = to.shape.at(-1)!
  const [from, plane] = [rowsOf(band) * columns, rowsOf(to) * columns]
  for (let map = 0; map * from < band.data.length; map++)
    to.data.set(band.data.subarray(map * from, (map + 1) * from), map * plane + top * columns)
}
