import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import type { TilePlan } from './plan-tiles.ts'

/** Order of what is merged: `maps`, [rows][columns] or [maps][rows][columns]; `tokens`, [rows][columns][dim]. */
export type TileLayout = 'maps' | 'tokens'

/** Weighted sums of what one row of tiles says, as wide as the image. */
export interface BandSums {
  /**
   * Adds a tile.
   *
   * @param map - of the tile
   * @param left - its first column, in patches
   */
  add(map: Tensor, left: number): void
  /**
   * Takes the means of the first rows, and moves the others up.
   *
   * @param rows - of patches
   */
  take(rows: number): Tensor
}

/** Cells of a tile and of the band, and how far apart they lie in memory. */
interface Cells {
  /** Cells along a patch. */
  readonly scale: number
  readonly channels: number
  /** Rows of a tile, columns of a tile, columns of the band. */
  readonly sides: readonly [rows: number, columns: number, across: number]
}

/**
 * Makes the sums of one map of tiles.
 *
 * @param name - of the map, for messages
 * @param first - the map of the first tile
 * @throws DinokitError `tensor-invalid` where it does not fit its tile
 */
export function createBandSums(name: string, first: Tensor, plan: TilePlan, layout: TileLayout): BandSums {
  const { scale, channels, sides } = cellsOf(name, first, plan, layout)
  const [rows, columns, across] = sides
  const size = rows * across
  const sums = new Float32Array(size * channels)
  const weights = new Float32Array(size)
  const [down, along] = [rampOf(rows, plan.overlap * scale), rampOf(columns, plan.overlap * scale)]
  // From one channel to the next, and from one cell to the next: in the band, and in a tile.
  const [channelStep, cellStep] = layout === 'tokens' ? [1, channels] : [size, 1]
  const tileStep = layout === 'tokens' ? 1 : rows * columns
  return {
    add({ data, shape }, left) {
      assertSame(name, shape, first.shape)
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const weight = down[row]! * along[column]!
          const cell = row * across + left * scale + column
          weights[cell]! += weight
          let [to, from] = [cell * cellStep, (row * columns + column) * cellStep]
          for (let channel = 0; channel < channels; channel++, to += channelStep, from += tileStep) sums[to]! += weight * data[from]!
        }
      }
    },
    take(patches) {
      const taken = patches * scale * across
      const data = new Float32Array(taken * channels)
      const outStep = layout === 'tokens' ? 1 : taken
      for (let channel = 0; channel < channels; channel++) {
        for (let cell = 0; cell < taken; cell++)
          data[channel * outStep + cell * cellStep] = sums[channel * channelStep + cell * cellStep]! / weights[cell]!
      }
      moveUp(sums, layout === 'tokens' ? 1 : channels, taken * cellStep)
      moveUp(weights, 1, taken)
      const shape = [patches * scale, across]
      return tensor('float32', data, layout === 'tokens' ? [...shape, channels] : [...first.shape.slice(0, -2), ...shape])
    },
  }
}

function cellsOf(name: string, { shape }: Tensor, { tile, grid }: TilePlan, layout: TileLayout): Cells {
  const [rows, columns] = (layout === 'tokens' ? shape.slice(0, 2) : shape.slice(-2)) as [number, number]
  const scale = rows / tile[0]
  const whole = layout === 'tokens' ? shape.length === 3 && scale === 1 : shape.length >= 2 && Number.isInteger(scale) && scale > 0
  if (whole && columns === tile[1] * scale) {
    const channels = shape.reduce((a, b) => a * b, 1) / (rows * columns)
    return { scale, channels, sides: [rows, columns, grid[1] * scale] }
  }
  throw new DinokitError('tensor-invalid', `The tile's ${name} does not fit the tile.`, {
    given: `[${shape.join('][')}]`,
    expected:
      layout === 'tokens' ? `[${tile[0]}][${tile[1]}][dim]` : `[${tile[0]}][${tile[1]}], or several such maps, or a whole multiple of both`,
  })
}

function assertSame(name: string, given: readonly number[], expected: readonly number[]): void {
  if (given.length === expected.length && given.every((length, i) => length === expected[i])) return
  throw new DinokitError('tensor-invalid', `The tiles differ in the shape of ${name}.`, {
    given: `[${given.join('][')}]`,
    expected: `[${expected.join('][')}]`,
  })
}

/** Weights along one side of a tile: they rise over the overlap, so that two neighbors' sum to 1 there. */
function rampOf(length: number, overlap: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.min(1, (i + 1) / (overlap + 1), (length - i) / (overlap + 1)))
}

/** Drops the first elements of each plane, and fills with zeros behind. */
function moveUp(data: Float32Array, planes: number, by: number): void {
  const plane = data.length / planes
  for (let start = 0; start < data.length; start += plane) {
    data.copyWithin(start, start + by, start + plane)
    data.fill(0, start + plane - by, start + plane)
  }
}
