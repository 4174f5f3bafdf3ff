import { op, type Arithmetic, type Code, type WasmFunction } from '@dinokit/runtime-web/kernels'

/** Middle of the levels of {@link quantizeFunction}: products of bytes need one side between 0 and 127. */
export const MIDDLE = 64

const { get, set, advance, plus, integer } = op
/** Numbers of instructions, see the specification of WebAssembly. */
const [TO_FLOATS, TO_INTEGERS, TO_SHORTS, TO_BYTES, DOT_SHORTS, DOT_BYTES, DOT_BYTES_ADD] = [0xfa, 0xf8, 0x85, 0x66, 0xba, 0x112, 0x113]

/**
 * Makes products those of bytes, four at a step: sums of two, then of four, or all at once.
 *
 * @param arithmetic - of numbers
 * @param atOnce - whether one instruction does it
 */
export function inBytes(arithmetic: Arithmetic, atOnce: boolean): Arithmetic {
  let ones: Code = []
  return {
    ...arithmetic,
    multiplyAdd: (down, vector, sum) =>
      atOnce ? op.simd(DOT_BYTES_ADD, vector, down, sum) : op.addIntegers(sum, op.simd(DOT_SHORTS, op.simd(DOT_BYTES, vector, down), ones)),
    write: (name, parameters, body) =>
      arithmetic.write(name, parameters, (local) => {
        const kept = local('v128')
        ones = get(kept)
        // Eight times the 16 bits of 1.
        return [...set(kept, op.simd(0x10, integer(1))), ...body(local)]
      }),
  }
}

/**
 * Writes the function `name(from, to, scales, rows)`: brings each row of numbers to the levels 1 to 127, 64 for 0, and keeps the size of a
 * level, four times.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param depth - numbers of a row: a multiple of 16
 */
export function quantizeFunction({ write, constant, multiplyAdd }: Arithmetic, name: string, depth: number): WasmFunction {
  return write(name, 4, (local) => {
    const [from, to, scales, rows] = [0, 1, 2, 3] as const
    const [at, end, most, factor] = [local('i32'), local('i32'), local('v128'), local('v128')]
    const level = (index: number): Code =>
      op.simd(TO_INTEGERS, multiplyAdd(op.load(get(at), 16 * index), get(factor), constant(MIDDLE + 0.5)))
    const fold = (lanes: readonly number[]): Code => set(most, op.larger(get(most), op.pick(get(most), get(most), lanes)))
    return op.repeat(
      [
        ...set(at, get(from)),
        ...set(end, plus(get(from), integer(4 * depth))),
        ...set(most, constant(1e-30)),
        ...op.repeat([...set(most, op.larger(get(most), op.absolute(op.load(get(at))))), ...advance(at, 16)], op.below(get(at), get(end))),
        ...fold([2, 3, 0, 1]),
        ...fold([1, 0, 3, 2]),
        ...op.store(get(scales), op.divide(get(most), constant(MIDDLE - 1))),
        ...set(factor, op.divide(constant(MIDDLE - 1), get(most))),
        ...set(at, get(from)),
        ...op.repeat(
          [
            ...op.store(get(to), op.simd(TO_BYTES, op.simd(TO_SHORTS, level(0), level(1)), op.simd(TO_SHORTS, level(2), level(3)))),
            ...advance(to, 16),
            ...advance(at, 64),
          ],
          op.below(get(at), get(end)),
        ),
        ...set(from, get(end)),
        ...advance(scales, 16),
        ...advance(rows, -1),
      ],
      get(rows),
    )
  })
}

/**
 * Writes the function `name(sums, rowScales, columns, rows)`: makes whole sums the numbers that they stand for.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param width - numbers of a row: a multiple of 4; at `columns` are as many scales, then as many whole numbers that are added first
 */
export function scaleFunction({ write }: Arithmetic, name: string, width: number): WasmFunction {
  return write(name, 4, (local) => {
    const [sums, rowScales, columns, rows] = [0, 1, 2, 3] as const
    const [column, end, scale] = [local('i32'), local('i32'), local('v128')]
    return op.repeat(
      [
        ...set(scale, op.load(get(rowScales))),
        ...set(column, get(columns)),
        ...set(end, plus(get(sums), integer(4 * width))),
        ...op.repeat(
          [
            ...op.store(
              get(sums),
              op.multiply(
                op.multiply(op.simd(TO_FLOATS, op.addIntegers(op.load(get(sums)), op.load(get(column), 4 * width))), get(scale)),
                op.load(get(column)),
              ),
            ),
            ...advance(sums, 16),
            ...advance(column, 16),
          ],
          op.below(get(sums), get(end)),
        ),
        ...advance(rowScales, 16),
        ...advance(rows, -1),
      ],
      get(rows),
    )
  })
}
