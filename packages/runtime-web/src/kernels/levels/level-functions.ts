import { ROUNDER, type Arithmetic } from '../arithmetic.ts'
import { productFunction, type Numbers } from '../product-function.ts'
import { PANEL, ROWS } from '../tasks.ts'
import { op, type Code, type WasmFunction } from '../wasm-module.ts'

const { get, set, advance, integer, plus } = op

/** Numbers of instructions, see the specification of WebAssembly. */
export const [DOT_SHORTS, TO_SHORTS, LEAST_OF_SHORTS] = [0xba, 0x85, 0x96] as const
const [LOAD_BYTES_AS_SHORTS, TO_FLOATS] = [0x01, 0xfa] as const

/** Where {@link SIZE_BYTES} hold the largest level, and where its bytes have 0, in 32 bits and in 16. */
export const [MOST_AT, CENTER_AT, SHORT_CENTER_AT] = [16, 32, 48] as const

/** Bytes that levels and products read: the size of a level, four times, then eight times in 16 bits the largest level, and what is said above. */
export const SIZE_BYTES = 64

/**
 * Writes the function of {@link productFunction} for levels, with a matrix as packLevels lays it out: steps take two levels. Those of the left
 * matrix are of 16 bits, those of the right one of 8, and sums are whole numbers, so that they are exact on every processor. The numbers at
 * `start` are the sizes of the right matrix's levels, then, `width` numbers on, what is added; at `last` is the size of the left one's.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param depth - levels of a row: a multiple of 4
 * @param width - columns of the product: a multiple of {@link PANEL}
 */
export function levelProductFunction(arithmetic: Arithmetic, name: string, depth: number, width: number): WasmFunction {
  const form = {
    ...{ rows: ROWS, vectors: PANEL / 4, unroll: 2, depth: depth / 2, leftRow: 2 * depth, leftStep: 4, rightStep: 2 * PANEL },
    ...{ rightPanel: PANEL * depth, resultRow: 4 * width },
  }
  return productFunction(arithmetic, name, form, () => levelNumbers(width))
}

function levelNumbers(width: number): Numbers {
  return {
    vectorBytes: 8,
    load: (address, offset) => op.loadBy(LOAD_BYTES_AS_SHORTS, address, offset),
    multiplyAdd: (down, across, sum) => op.addIntegers(op.simd(DOT_SHORTS, down, across), sum),
    finish: (sum, start, last, offset) => sized(sum, { start, last, offset, width }),
  }
}

/** Makes a sum of levels a number: times the sizes of both matrices' levels, and with what is added. */
export const sized = (
  sum: Code,
  { start, last, offset, width }: { readonly start: Code; readonly last: Code; readonly offset: number; readonly width: number },
): Code =>
  op.add(op.multiply(op.simd(TO_FLOATS, sum), op.multiply(op.load(last), op.load(start, offset))), op.load(start, 4 * width + offset))

/** Numbers of a row, each multiplied by its factor where there are factors. */
const scaled = (at: number, factor: number | undefined, offset: number): Code =>
  factor === undefined ? op.load(get(at), offset) : op.multiply(op.load(get(at), offset), op.load(get(factor), offset))

/** Local variables of a walk over rows of numbers. */
interface RowWalk {
  readonly from: number
  /** Rows that are left. */
  readonly rows: number
  readonly end: number
  /** Where factors of the columns begin, and where the walk is; undefined where there are none. */
  readonly factors: { readonly start: number; readonly at: number } | undefined
}

/** Walks over rows, `step` numbers at a time: a body for these, and what is done before and after a row. */
export const eachOfRows = (
  { from, rows, end, factors }: RowWalk,
  { depth, step }: { readonly depth: number; readonly step: number },
  { before = [], body, after = [] }: { readonly before?: Code; readonly body: Code; readonly after?: Code },
): Code =>
  op.repeat(
    [
      ...set(end, plus(get(from), integer(4 * depth))),
      ...(factors ? set(factors.at, get(factors.start)) : []),
      ...before,
      ...op.repeat([...body, ...advance(from, 4 * step), ...(factors ? advance(factors.at, 4 * step) : [])], op.below(get(from), get(end))),
      ...after,
      ...advance(rows, -1),
    ],
    get(rows),
  )

/** The nearest whole numbers of levels to four numbers of a row, of two the even one. */
export const levelOf = (
  { constant }: Arithmetic,
  { from, offset, size, factor }: { readonly from: number; readonly offset: number; readonly size: number; readonly factor?: number },
): Code => op.subtractIntegers(op.add(op.divide(scaled(from, factor, offset), get(size)), constant(ROUNDER)), constant(ROUNDER))

/**
 * Writes the function `name(from, to, factors, rows)`: the smallest and the largest of the rows' numbers and 0, four each, and four zeros that
 * are NaN where a number is not finite.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param depth - numbers of a row: a multiple of 8
 * @param factors - whether each number is multiplied by a factor of its column
 */
export function rangeFunction({ write, constant }: Arithmetic, name: string, depth: number, factors: boolean): WasmFunction {
  return write(name, 4, (local) => {
    const [from, to, factorsAt, rows] = [0, 1, 2, 3] as const
    const [end, factor] = [local('i32'), local('i32')]
    const walk = { from, rows, end, factors: factors ? { start: factorsAt, at: factor } : undefined }
    const [least, most, flaw, value] = Array.from({ length: 4 }, () => local('v128')) as [number, number, number, number]
    const look = (offset: number): Code => [
      ...set(value, scaled(from, factors ? factor : undefined, offset)),
      ...set(least, op.smaller(get(least), get(value))),
      ...set(most, op.larger(get(most), get(value))),
      ...set(flaw, op.add(get(flaw), op.multiply(get(value), constant(0)))),
    ]
    return [
      ...[least, most, flaw].flatMap((one) => set(one, op.zero)),
      ...eachOfRows(walk, { depth, step: 8 }, { body: [...look(0), ...look(16)] }),
      ...[least, most, flaw].flatMap((one, index) => op.store(get(to), get(one), 16 * index)),
    ]
  })
}

/**
 * Writes the function `name(from, to, factors, rows, size)`: brings each number to the nearest whole number of levels from 0, at most the
 * largest one, in 16 bits.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param depth - numbers of a row: a multiple of 8
 * @param factors - whether each number is multiplied by a factor of its column
 */
export function levelsFunction(arithmetic: Arithmetic, name: string, depth: number, factors: boolean): WasmFunction {
  return arithmetic.write(name, 5, (local) => {
    const [from, to, factorsAt, rows, sizeAt] = [0, 1, 2, 3, 4] as const
    const [end, factor] = [local('i32'), local('i32')]
    const walk = { from, rows, end, factors: factors ? { start: factorsAt, at: factor } : undefined }
    const [size, most] = [local('v128'), local('v128')]
    const level = (offset: number): Code => levelOf(arithmetic, { from, offset, size, ...(factors && { factor }) })
    return [
      ...set(size, op.load(get(sizeAt))),
      ...set(most, op.load(get(sizeAt), MOST_AT)),
      ...eachOfRows(
        walk,
        { depth, step: 8 },
        {
          body: [...op.store(get(to), op.simd(LEAST_OF_SHORTS, op.simd(TO_SHORTS, level(0), level(16)), get(most))), ...advance(to, 16)],
        },
      ),
    ]
  })
}
