import { roundEven } from './round-even.ts'
import type { Size } from '../size.ts'
import type { AxisWeights, Wanted } from './axis-weights.ts'
import { openCvWeights } from './opencv-weights.ts'

/** Weights of one axis. */
type Weigh = (from: number, to: number, wanted: Wanted) => AxisWeights<Float32Array>

/** Steps of `opencv-twice`. */
export interface TwoSteps {
  /** Size between them. */
  readonly middle: Size
  readonly first: Weigh
  readonly second: Weigh
}

/** More than 1 by less than what a sum of bytes shows. */
const HALVES_UP = 1 + 2 ** -20
/** Share of a pixel below which it is left out. */
const LEAST = 1e-3

/**
 * Steps by which Depth Anything 3 resizes (ByteDance-Seed/Depth-Anything-3, utils/io/input_processor.py): to the longer side, then
 * to both sides, with bytes in between; by INTER_CUBIC where a side grows, else by INTER_AREA.
 *
 * @param source - size of the image
 * @param size - of the whole result
 */
export function twoSteps(source: Size, size: Size): TwoSteps {
  const scale = longer(size) / longer(source)
  const near = (side: number): number => Math.max(1, roundEven(side * scale))
  const middle = { width: near(source.width), height: near(source.height) }
  const grows = size.width > middle.width || size.height > middle.height
  return { middle, first: scale > 1 ? openCvWeights : areaOf(source, middle), second: grows ? openCvWeights : areaOf(middle, size) }
}

/** Weights of INTER_AREA. Where both sides halve OpenCV rounds halves up, not to even: these are that much larger. */
function areaOf(from: Size, to: Size): Weigh {
  const halves = from.width === 2 * to.width && from.height === 2 * to.height
  return (...axis) => areaWeights(...axis, halves ? HALVES_UP : 1)
}

/** Weights of each pixel by how much of it lies under the result's (opencv/opencv, resize.cpp). */
function areaWeights(from: number, to: number, { first, length }: Wanted, factor: number): AxisWeights<Float32Array> {
  const scale = from / to
  const taps = Math.min(Math.ceil(scale) + 1, from)
  const [starts, counts, weights] = [new Int32Array(length), new Int32Array(length), new Float32Array(length * taps)]
  for (let i = 0; i < length; i++) {
    const [left, right] = [(first + i) * scale, (first + i) * scale + scale]
    const cell = Math.min(scale, from - left)
    const last = Math.min(Math.floor(right), from - 1)
    const whole = Math.min(Math.ceil(left), last)
    const found = Array.from({ length: last - whole }, () => factor / cell)
    if (whole - left > LEAST) found.unshift((whole - left) / cell)
    if (right - last > LEAST) found.push(Math.min(right - last, 1, cell) / cell)
    starts[i] = whole - left > LEAST ? whole - 1 : whole
    counts[i] = found.length
    weights.set(found, i * taps)
  }
  return { starts, counts, weights, taps, identity: from === to && length === to }
}

function longer({ width, height }: Size): number {
  return Math.max(width, height)
}
