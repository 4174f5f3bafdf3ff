import { op, type Code, type ValueType, type WasmFunction } from './wasm-module.ts'

/** Piece of a product that is held in registers, and how its inner loop is written. */
export interface Block {
  /** Rows of the left matrix. */
  readonly rows: number
  /** Vectors of four columns of the right one. */
  readonly vectors: number
  /** Steps of the inner loop that are written out. */
  readonly unroll: number
  /** Arithmetic: `simd` multiplies, then adds; `relaxed` does both at once; `bytes` and `bytes-add` are sums of products of 8 bits. */
  readonly arithmetic: Arithmetic
}

/** Arithmetic of {@link Block}. */
export type Arithmetic = 'simd' | 'relaxed' | 'bytes' | 'bytes-add'

/** Sizes that are written into the code, as offsets need no registers. */
export interface Strides {
  /** Steps of the inner loop: numbers, or groups of four bytes. */
  readonly depth: number
  /** Bytes from a row of the left matrix to the next. */
  readonly left: number
  /** Bytes from a row of the result to the next. */
  readonly result: number
}

/** Bytes of a step of a packed panel. */
export const panelStep = ({ vectors }: Block): number => 16 * vectors

/**
 * Writes the function `name(left, right, result, start, blocks, panels)`: the product of `blocks` times `rows` rows of the left matrix with
 * `panels` panels of the right one, each [depth][4 * vectors]. Sums begin with the row of numbers at `start`, or where that is 0 with what
 * the result holds. Of whole numbers the result are the sums.
 *
 * @param name - of the function
 * @param block - what registers hold
 * @param strides - sizes
 */
export function productFunction(name: string, block: Block, strides: Strides): WasmFunction {
  const { rows, vectors, unroll, arithmetic } = block
  const { depth, left, result } = strides
  if (depth % unroll !== 0) throw new Error(`${depth} steps are no multiple of ${unroll}`)
  const locals: ValueType[] = []
  const local = (type: ValueType): number => 6 + locals.push(type) - 1
  const [leftStart, rightStart, resultStart, begin, blocks, panels] = [0, 1, 2, 3, 4, 5] as const
  const [leftRow, resultRow, counter, leftAt, rightAt, end] = Array.from({ length: 6 }, () => local('i32')) as [
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
  const ones = local('v128')
  const { get, set, add, integer } = op
  const advance = (at: number, bytes: number): Code => set(at, add(get(at), integer(bytes)))
  const eachSum = (write: (row: number, vector: number) => Code): Code =>
    sums.flatMap((_, row) => across.flatMap((_, vector) => write(row, vector)))

  const accumulate: Readonly<Record<Arithmetic, (sum: Code, vector: Code) => Code>> = {
    simd: (sum, vector) => op.addFloats(sum, op.multiplyFloats(get(down), vector)),
    relaxed: (sum, vector) => op.multiplyAdd(get(down), vector, sum),
    bytes: (sum, vector) => op.addIntegers(sum, op.dotOfShorts(op.dotOfBytes(vector, get(down)), get(ones))),
    'bytes-add': (sum, vector) => op.dotOfBytesAdd(vector, get(down), sum),
  }
  const step = (index: number): Code => [
    ...across.flatMap((to, vector) => set(to, op.load(get(rightAt), index * panelStep(block) + 16 * vector))),
    ...sums.flatMap((row, at) => [
      ...set(down, op.loadSplat(get(leftAt), at * left + 4 * index)),
      ...row.flatMap((sum, vector) => set(sum, accumulate[arithmetic](get(sum), get(across[vector]!)))),
    ]),
  ]
  const inner = [
    ...set(leftAt, get(leftRow)),
    ...set(rightAt, get(rightStart)),
    ...set(end, add(get(leftRow), integer(4 * depth))),
    ...op.repeat(
      [
        ...Array.from({ length: unroll }, (_, index) => step(index)).flat(),
        ...advance(leftAt, 4 * unroll),
        ...advance(rightAt, unroll * panelStep(block)),
      ],
      op.less(get(leftAt), get(end)),
    ),
  ]
  const fromStart = eachSum((row, vector) => set(sums[row]![vector]!, op.load(get(begin), 16 * vector)))
  const fromResult = eachSum((row, vector) => set(sums[row]![vector]!, op.load(get(resultRow), row * result + 16 * vector)))
  const body = op.repeat(
    [
      ...set(leftRow, get(leftStart)),
      ...set(resultRow, get(resultStart)),
      ...set(counter, integer(0)),
      ...op.repeat(
        [
          // if (begin) ... else ...
          ...get(begin),
          0x04,
          0x40,
          ...fromStart,
          0x05,
          ...fromResult,
          0x0b,
          ...inner,
          ...eachSum((row, vector) => op.store(get(resultRow), get(sums[row]![vector]!), row * result + 16 * vector)),
          ...advance(leftRow, rows * left),
          ...advance(resultRow, rows * result),
          ...advance(counter, 1),
        ],
        op.less(get(counter), get(blocks)),
      ),
      ...advance(rightStart, depth * panelStep(block)),
      ...advance(resultStart, panelStep(block)),
      ...get(begin),
      0x04,
      0x40,
      ...advance(begin, panelStep(block)),
      0x0b,
      ...advance(panels, -1),
    ],
    get(panels),
  )
  const shorts = Uint8Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 1 : 0))
  return { name, parameters: 6, locals, body: [...(arithmetic === 'bytes' ? set(ones, op.vector(shorts)) : []), ...body] }
}
