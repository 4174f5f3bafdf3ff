import type { KernelMemory } from '../kernel-memory.ts'

/** Levels that numbers are brought to, without 0. */
const LEVELS = 255

/**
 * Writes the size of levels for numbers of a range, and the largest level, as onnxruntime's DynamicQuantizeMatMul has them: the range is cut
 * into 255 steps, and the level that stands for 0 is a whole one.
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
  new Int16Array(memory.floats(at + 16, 4).buffer, at + 16, 8).fill(LEVELS - zero)
}

/** The nearest whole number of one from 0 to 255; of two the even one. */
function roundHalfToEven(value: number): number {
  const rounder = 2 ** 52
  return value + rounder - rounder
}
