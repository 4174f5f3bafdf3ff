import type { KernelMemory } from '../kernel-memory.ts'
import { CENTER_AT, MOST_AT, SHORT_CENTER_AT, SIZE_BYTES } from './level-functions.ts'

/** Levels that numbers are brought to, without 0. */
const LEVELS = 255
/** Levels that bytes of 7 bits hold, and where 0 is among them, where it is in the middle of all. */
const [BYTES, BYTE_CENTER] = [128, 64] as const

/**
 * Writes the size of levels for numbers of a range, and the largest level, as onnxruntime's DynamicQuantizeMatMul has them: the range is cut
 * into 255 steps, and the level that stands for 0 is a whole one. Of these, bytes of 7 bits hold the 128 around 0: where that is among them is written too.
 *
 * @param memory - of the kernels
 * @param at - where they are written
 * @param ranges - found by rangeFunction: each four of the smallest, the largest and of flaws
 */
export function writeSize(memory: Pick<KernelMemory, 'floats'>, at: number, ranges: Float32Array): void {
  let [least, most, flaw] = [0, 0, 0]
  for (let i = 0; i < ranges.length; i++) {
    const value = ranges[i]!
    const kind = Math.floor(i / 4) % 3
    if (kind === 0) least = Math.min(least, value)
    else if (kind === 1) most = Math.max(most, value)
    else flaw += value
  }
  const size = most === least ? 1 : Math.fround(Math.fround(most - least) / LEVELS)
  const zero = roundHalfToEven(Math.min(LEVELS, Math.fround(-least / size)))
  memory.floats(at, 4).fill(size + flaw)
  const center = zero - Math.min(Math.max(zero - BYTE_CENTER, 0), BYTES)
  const { buffer } = memory.floats(at, SIZE_BYTES / 4)
  new Int16Array(buffer, at + MOST_AT, 8).fill(LEVELS - zero)
  new Int32Array(buffer, at + CENTER_AT, 4).fill(center)
  new Int16Array(buffer, at + SHORT_CENTER_AT, 8).fill(center)
}

/** The nearest whole number of one from 0 to 255; of two the even one. */
function roundHalfToEven(value: number): number {
  const rounder = 2 ** 52
  return value + rounder - rounder
}
