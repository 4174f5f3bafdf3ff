import { writeSafetensors } from '@dinokit/checkpoint'
import { isNearLarge, type Depth } from './depth-answer.ts'

/** Few numbers that say what a map of depth holds. */
export interface DepthSummary {
  /** Pixels of the source. */
  readonly width: number
  readonly height: number
  /** `m`, `disparity` or `relative`. */
  readonly unit: string
  readonly min: number
  readonly max: number
  readonly median: number
  /** Pixels of which nothing is known. */
  readonly unknown: number
}

/**
 * Sums up a map of depth.
 *
 * @param depth - of an image
 */
export function summarizeDepth({ map, min, max }: Depth): DepthSummary {
  const [height, width] = map.shape
  const known = map.data.filter((value) => value !== map.unknown).sort()
  const median = known[Math.floor(known.length / 2)] ?? 0
  return { width, height, unit: map.unit, min, max, median, unknown: map.data.length - known.length }
}

/**
 * A safetensors file of a map of depth: `depth` [height][width] of the source; its metadata have the unit and the value of what is not known.
 *
 * @param depth - of an image
 */
export function depthFile({ map }: Depth): Uint8Array {
  return writeSafetensors({ depth: map }, { task: 'depth', unit: map.unit, unknown: String(map.unknown) })
}

/** Values that the first and last color of a drawing stand for: of disparity the nearest is the largest. */
export interface DepthColorRange {
  readonly near: number
  readonly far: number
}

/** A range of meters narrower than this is widened to it: noise is not to look like depth. */
const NARROWEST = 0.1
/** The same of values without a unit, as a share of the largest. */
const NARROWEST_SHARE = 0.02

/**
 * Returns the range of colors that suits a map of depth.
 *
 * @param depth - of an image
 */
export function depthColorRange({ unit, min, max }: Pick<Depth, 'unit' | 'min' | 'max'>): DepthColorRange {
  const narrowest = unit === 'meters' ? NARROWEST : Math.max(Math.abs(max) * NARROWEST_SHARE, Number.MIN_VALUE)
  const missing = Math.max(0, narrowest - (max - min)) / 2
  const [least, largest] = [unit === 'meters' ? Math.max(0, min - missing) : min - missing, max + missing]
  return isNearLarge(unit) ? { near: largest, far: least } : { near: least, far: largest }
}
