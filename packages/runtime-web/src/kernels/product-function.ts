import type { Arithmetic } from './arithmetic.ts'
import { op, type Code, type LocalType, type WasmFunction } from './wasm-module.ts'

/** Sizes by which a product is cut up, and by which its matrices lie: bytes are written into the code, as offsets need no registers. */
export interface ProductForm {
  /** Rows of the left matrix, and vectors of four columns of the right one, whose sums are in registers. */
  readonly rows: number
  readonly vectors: number
  /** Steps of the inner loop that are written out; the depth is a multiple. */
  readonly unroll: number
  /** Steps; undefined where they are said at each call. */
  readonly depth: number | undefined
  /** Bytes from a row of the left matrix to the next, and from a step to the next. */
  readonly leftRow: number
  readonly leftStep: number
  /** Bytes from a step of the right matrix to the next; from a panel of columns to the next. */
  readonly rightStep: number
  readonly rightPanel: number
  /** Bytes from a row of the result to the next. */
  readonly resultRow: number
}

/** Numbers that a product is of. */
export interface Numbers {
  /** Code that runs once, before all else. */
  readonly begin?: Code
  /** Bytes of a vector of the right matrix: four columns of a step. */
  readonly vectorBytes: number
  /** Loads a vector of the right matrix. */
  readonly load: (address: Code, offset: number) => Code
  readonly multiplyAdd: Arithmetic['multiplyAdd']
  /** Adds to the sums of a row what its steps leave out: of the row's address, and the panel's. */
  readonly rest?: (sums: readonly number[], row: Code, right: Code) => Code
  /** Makes a sum of four columns, `offset` bytes of a row on, what is stored; undefined where sums are numbers, to which those at `start` are added. */
  readonly finish?: (sum: Code, start: Code, last: Code, offset: number) => Code
}

/**
 * Writes the function `name(left, right, result, start, add, blocks, panels, last)`: the product of `blocks` times `rows` rows with
 * `panels` panels. The numbers at `start` are added, where that is not 0, and what the result holds, where `add` is not 0; `last` is the depth
 * where the form says none.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param form - how it is cut up
 * @param numbersOf - makes the numbers that it is of, with variables of their own; floats where it is not said
 */
export function productFunction(
  arithmetic: Arithmetic,
  name: string,
  form: ProductForm,
  numbersOf: (local: (type: LocalType) => number) => Numbers = () => ({
    vectorBytes: 16,
    load: op.load,
    multiplyAdd: arithmetic.multiplyAdd,
  }),
): WasmFunction {
  const { write } = arithmetic
  const { rows, vectors, unroll, depth, leftRow, leftStep, rightStep, rightPanel, resultRow } = form
  const { get, set, plus, times, integer, advance } = op
  return write(name, 8, (local) => {
    const { begin = [], vectorBytes, load, multiplyAdd, rest, finish } = numbersOf(local)
    const [leftStart, right, resultStart, start, addResult, blocks, panels, last] = [0, 1, 2, 3, 4, 5, 6, 7] as const
    const [left, result, block, leftAt, rightAt, end] = Array.from({ length: 6 }, () => local('i32')) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => local('v128')))
    const across = Array.from({ length: vectors }, () => local('v128'))
    const down = local('v128')
    const each = (write: (sum: number, offset: number, vector: number) => Code): Code =>
      sums.flatMap((row, at) => row.flatMap((sum, vector) => write(sum, at * resultRow + 16 * vector, vector)))
    const step = (index: number): Code => [
      ...across.flatMap((to, vector) => set(to, load(get(rightAt), index * rightStep + vectorBytes * vector))),
      ...sums.flatMap((row, at) => [
        ...set(down, op.loadSplat(get(leftAt), at * leftRow + index * leftStep)),
        ...row.flatMap((sum, vector) => set(sum, multiplyAdd(get(down), get(across[vector]!), get(sum)))),
      ]),
    ]
    const ofBlock = [
      ...each((sum) => set(sum, op.zero)),
      ...set(leftAt, get(left)),
      ...set(rightAt, get(right)),
      ...set(end, plus(get(left), depth === undefined ? times(get(last), integer(leftStep)) : integer(depth * leftStep))),
      ...op.repeat(
        [
          ...Array.from({ length: unroll }, (_, index) => step(index)).flat(),
          ...advance(leftAt, unroll * leftStep),
          ...advance(rightAt, unroll * rightStep),
        ],
        op.below(get(leftAt), get(end)),
      ),
      ...(rest ? sums.flatMap((row, at) => rest(row, plus(get(left), integer(at * leftRow)), get(right))) : []),
      // Last, as what a product is added to may be large, and would lose a little with each step.
      ...(finish
        ? each((sum, _, vector) => set(sum, finish(get(sum), get(start), get(last), 16 * vector)))
        : op.choose(
            get(start),
            each((sum, _, vector) => set(sum, op.add(get(sum), op.load(get(start), 16 * vector)))),
          )),
      ...op.choose(
        get(addResult),
        each((sum, offset) => set(sum, op.add(get(sum), op.load(get(result), offset)))),
      ),
      ...each((sum, offset) => op.store(get(result), get(sum), offset)),
      ...advance(left, rows * leftRow),
      ...advance(result, rows * resultRow),
      ...advance(block, 1),
    ]
    const ofPanels = op.repeat(
      [
        ...set(left, get(leftStart)),
        ...set(result, get(resultStart)),
        ...set(block, integer(0)),
        ...op.repeat(ofBlock, op.below(get(block), get(blocks))),
        ...advance(right, rightPanel),
        ...advance(resultStart, 16 * vectors),
        ...op.choose(get(start), advance(start, 16 * vectors)),
        ...advance(panels, -1),
      ],
      get(panels),
    )
    return [...begin, ...ofPanels]
  })
}
