import type { Arithmetic } from '../arithmetic.ts'
import { productFunction, type Numbers } from '../product-function.ts'
import { PANEL, ROWS } from '../tasks.ts'
import { op, type Code, type LocalType, type WasmFunction } from '../wasm-module.ts'
import {
  CENTER_AT,
  DOT_SHORTS,
  eachOfRows,
  LEAST_OF_SHORTS,
  levelOf,
  MOST_AT,
  SHORT_CENTER_AT,
  sized,
  TO_SHORTS,
} from './level-functions.ts'

const { get, set, advance, integer, plus, whole } = op

/** Numbers of instructions, see the specification of WebAssembly. */
const [ANY_TRUE, TO_BYTES, TO_UNSIGNED_BYTES, BITS, DIFFER, ADD_SHORTS, SUBTRACT_SHORTS, MOST_OF_SHORTS, OR] = [
  0x53, 0x65, 0x66, 0x64, 0x2e, 0x8e, 0x91, 0x98, 0x50,
] as const
const [TRAILING_ZEROS, AND, SHIFT_LEFT, SHIFT_RIGHT] = [0x68, 0x71, 0x74, 0x76] as const

/** Largest level that a byte holds. */
const FULL = 127
/** Bytes of a rest: where its group of the right matrix lies in a panel, its place in the group, and the number twice in 16 bits. */
export const REST = 12
/** Levels that are made at once, and the bytes that what is left of them takes for a while. */
const [AT_ONCE, ASIDE] = [16, 32] as const
/** Bytes before the first rest: the first 32 bits are 1 where rests found no room. */
export const RESTS_HEAD = 16
/** Bytes behind the last rest. */
export const RESTS_SLACK = REST * AT_ONCE + ASIDE

/**
 * Bytes of a row of levels in bytes: as many as the depth, then the addresses of its first rest and behind its last, in 32 bits.
 *
 * @param depth - levels of a row
 */
export const byteRow = (depth: number): number => depth + 16

/**
 * Says whether products of levels are of bytes.
 *
 * @param arithmetic - what they are written with
 * @param depth - levels of a row
 */
export const inBytes = ({ relaxed }: Arithmetic, depth: number): boolean => relaxed && depth % AT_ONCE === 0

/**
 * Writes the function `name(from, to, factors, rows, size, rests, limit)`: that of levelsFunction for products of bytes. Levels have 8 bits, and the
 * products 7: a row has those nearest to 0 as bytes, see {@link byteRow}, and the rest of each that lies farther is kept at `rests`, before `limit`
 * and what is behind the last. Where they are more, it says so there.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param depth - numbers of a row: a multiple of 16
 * @param factors - whether each number is multiplied by a factor of its column
 */
export function byteLevelsFunction(arithmetic: Arithmetic, name: string, depth: number, factors: boolean): WasmFunction {
  const { write, shorts } = arithmetic
  return write(name, 7, (local) => {
    const [from, to, factorsAt, rows, sizeAt, rests, limit] = [0, 1, 2, 3, 4, 5, 6] as const
    const [end, factor, rest, group, aside, bits, bit] = Array.from({ length: 7 }, () => local('i32')) as [
      ...[number, number, number, number],
      ...[number, number, number],
    ]
    const [size, most, center, low, high] = Array.from({ length: 5 }, () => local('v128')) as [number, number, number, number, number]
    const walk = { from, rows, end, factors: factors ? { start: factorsAt, at: factor } : undefined }
    const level = (offset: number): Code => levelOf(arithmetic, { from, offset, size, ...(factors && { factor }) })
    /** Eight levels, as the window of bytes counts them. */
    const eight = (offset: number): Code =>
      op.simd(ADD_SHORTS, op.simd(LEAST_OF_SHORTS, op.simd(TO_SHORTS, level(offset), level(offset + 16)), get(most)), get(center))
    const within = (levels: number): Code => op.simd(LEAST_OF_SHORTS, op.simd(MOST_OF_SHORTS, get(levels), op.zero), shorts(FULL))
    const differs = (levels: number): Code => op.simd(DIFFER, get(levels), op.zero)
    const keepRest = [
      ...set(bit, whole(TRAILING_ZEROS, get(bits))),
      ...op.storeWhole(get(rest), plus(get(group), whole(SHIFT_LEFT, whole(SHIFT_RIGHT, get(bit), integer(2)), integer(5)))),
      ...op.storeWhole(get(rest), whole(SHIFT_LEFT, integer(1), whole(SHIFT_LEFT, whole(AND, get(bit), integer(3)), integer(3))), 4),
      ...op.storeWhole(get(rest), op.times(op.loadShort(plus(get(aside), whole(SHIFT_LEFT, get(bit), integer(1)))), integer(65_537)), 8),
      ...advance(rest, REST),
      ...set(bits, whole(AND, get(bits), plus(get(bits), integer(-1)))),
    ]
    return [
      ...set(size, op.load(get(sizeAt))),
      ...set(most, op.load(get(sizeAt), MOST_AT)),
      ...set(center, op.load(get(sizeAt), SHORT_CENTER_AT)),
      ...op.storeWhole(get(rests), integer(0)),
      ...set(rest, plus(get(rests), integer(RESTS_HEAD))),
      ...eachOfRows(
        walk,
        { depth, step: AT_ONCE },
        {
          before: [...op.storeWhole(get(to), get(rest), depth), ...set(group, integer(0))],
          body: [
            ...set(low, eight(0)),
            ...set(high, eight(32)),
            ...op.store(get(to), op.simd(TO_UNSIGNED_BYTES, within(low), within(high))),
            ...set(low, op.simd(SUBTRACT_SHORTS, get(low), within(low))),
            ...set(high, op.simd(SUBTRACT_SHORTS, get(high), within(high))),
            ...op.choose(
              op.simd(ANY_TRUE, op.simd(OR, get(low), get(high))),
              op.choose(op.below(get(limit), get(rest)), op.storeWhole(get(rests), integer(1)), [
                // Behind the rests that are kept of them.
                ...set(aside, plus(get(rest), integer(REST * AT_ONCE))),
                ...op.store(get(aside), get(low)),
                ...op.store(get(aside), get(high), 16),
                ...set(bits, op.simd(BITS, op.simd(TO_BYTES, differs(low), differs(high)))),
                ...op.repeat(keepRest, get(bits)),
              ]),
            ),
            ...advance(to, AT_ONCE),
            ...advance(group, AT_ONCE * PANEL),
          ],
          after: [...op.storeWhole(get(to), get(rest), 4), ...advance(to, byteRow(depth) - depth)],
        },
      ),
    ]
  })
}

/**
 * Writes the function of productFunction for levels in bytes, with a matrix as packLevels lays it out by fours. Sums are the very ones of
 * levelProductFunction. Behind the sizes and what is added, `start` has the sums of the right matrix's columns.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param depth - levels of a row: a multiple of 16
 * @param width - columns of the product: a multiple of {@link PANEL}
 */
export function byteProductFunction(arithmetic: Arithmetic, name: string, depth: number, width: number): WasmFunction {
  const form = {
    ...{ rows: ROWS, vectors: PANEL / 4, unroll: 4, depth: depth / 4, leftRow: byteRow(depth), leftStep: 4, rightStep: 4 * PANEL },
    ...{ rightPanel: PANEL * depth, resultRow: 4 * width },
  }
  return productFunction(arithmetic, name, form, (local) => byteNumbers(arithmetic, local, depth, width))
}

function byteNumbers({ shorts }: Arithmetic, local: (type: LocalType) => number, depth: number, width: number): Numbers {
  const [rest, end, group] = [local('i32'), local('i32'), local('i32')]
  const [ones, place, value] = [local('v128'), local('v128'), local('v128')]
  const times = (bytes: Code, levels: Code, by: number): Code => op.simd(DOT_SHORTS, op.relaxedDotBytes(bytes, levels), get(by))
  return {
    begin: set(ones, shorts(1)),
    vectorBytes: 16,
    load: op.load,
    multiplyAdd: (down, across, sum) => op.addIntegers(times(across, down, ones), sum),
    rest: (sums, row, right) => [
      ...set(rest, op.loadWhole(row, depth)),
      ...set(end, op.loadWhole(row, depth + 4)),
      ...op.choose(
        op.below(get(rest), get(end)),
        op.repeat(
          [
            ...set(group, plus(right, op.loadWhole(get(rest)))),
            ...set(place, op.loadSplat(get(rest), 4)),
            ...set(value, op.loadSplat(get(rest), 8)),
            ...sums.flatMap((sum, vector) =>
              set(sum, op.addIntegers(times(op.load(get(group), 16 * vector), get(place), value), get(sum))),
            ),
            ...advance(rest, REST),
          ],
          op.below(get(rest), get(end)),
        ),
      ),
    ],
    finish: (sum, start, last, offset) =>
      sized(op.subtractIntegers(sum, op.multiplyIntegers(op.load(last, CENTER_AT), op.load(start, 8 * width + offset))), {
        ...{ start, last, offset, width },
      }),
  }
}
