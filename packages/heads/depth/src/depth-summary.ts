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
  const { median, unknown } = findMedian(map.data, map.unknown)
  return { width, height, unit: map.unit, min, max, median, unknown }
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

const HALF = 1 << 16

/**
 * The upper median of all values but one that stands for none, found by counting the halves of their bits: an image has up to a hundred million,
 * and sorting them would hold up a server for seconds.
 */
function findMedian(data: Float32Array, unknown: number): { readonly median: number; readonly unknown: number } {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  // Orders as the numbers do: negative ones have all of their bits turned, the others their sign.
  const keyOf = (word: number): number => (word >>> 31 ? ~word : word | 0x8000_0000) >>> 0
  const upper = new Uint32Array(HALF)
  let known = 0
  for (let i = 0; i < data.length; i++) {
    if (data[i] === unknown) continue
    known++
    upper[keyOf(bits[i]!) >>> 16]!++
  }
  if (known === 0) return { median: 0, unknown: data.length }
  const high = placeOf(upper, known >> 1)
  const lower = new Uint32Array(HALF)
  for (let i = 0; i < data.length; i++) {
    const key = keyOf(bits[i]!)
    if (key >>> 16 === high.place && data[i] !== unknown) lower[key & (HALF - 1)]!++
  }
  const key = ((high.place << 16) | placeOf(lower, high.rest).place) >>> 0
  const word = key >>> 31 ? key & 0x7fff_ffff : ~key
  return { median: new Float32Array(Uint32Array.of(word).buffer)[0]!, unknown: data.length - known }
}

/** The place that holds the value of a rank, and its rank among those there. */
function placeOf(counts: Uint32Array, rank: number): { readonly place: number; readonly rest: number } {
  let place = 0
  let rest = rank
  for (; rest >= counts[place]!; place++) rest -= counts[place]!
  return { place, rest }
}
