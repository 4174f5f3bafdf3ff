import type { PixelMap } from '@dinokit/core'
import type { DepthRange } from './depth-range.ts'

/**
 * Meaning of the numbers of a depth map.
 *
 * - `meters`: along the camera's axis.
 * - `disparity`: the inverse of depth, up to an unknown factor and shift: large is near.
 * - `relative`: depth up to an unknown factor: large is far.
 */
export type DepthUnit = 'meters' | 'disparity' | 'relative'

/** Depth of every pixel of an image. */
export interface Depth {
  readonly unit: DepthUnit
  /** [height][width] of the source, in that unit; `map.unknown` where nothing is known, beside a crop. */
  readonly map: PixelMap
  /** The same map, where the unit is meters: what needs meters can't be given anything else. 0 where nothing is known. */
  readonly meters?: PixelMap
  /** The least value, in that unit. */
  readonly min: number
  /** The largest. */
  readonly max: number
  /** The head's range, in meters, where it has one: nothing is nearer or farther. */
  readonly range?: DepthRange
}

/**
 * Whether large values are near.
 *
 * @param unit - of a depth map
 */
export function isNearLarge(unit: DepthUnit): boolean {
  return unit === 'disparity'
}

/** Values of pixels of which nothing is known: none that a depth can have. */
const UNKNOWN: Readonly<Record<DepthUnit, number>> = { meters: 0, disparity: -1, relative: 0 }

/**
 * Unit and unknown value of a map of depth: `m`, `disparity` or `relative`.
 *
 * @param unit - of the answer
 */
export function mapUnit(unit: DepthUnit): Pick<PixelMap, 'unit' | 'unknown'> {
  return { unit: unit === 'meters' ? 'm' : unit, unknown: UNKNOWN[unit] }
}
