import { op, type Code, type WasmFunction } from './wasm-module.ts'

/** Middle of the levels of {@link quantizeFunction}: products of bytes need one side between 0 and 127. */
export const MIDDLE = 64

const splat = (value: number): Code => op.vector(new Uint8Array(Float32Array.of(value, value, value, value).buffer))

/**
 * Writes the function `name(from, to, scales, rows)`: brings each row of numbers to the levels 1 to 127, 64 for 0, and keeps the size of a
 * level, four times.
 *
 * @param name - of the function
 * @param depth - numbers of a row: a multiple of 16
 */
export function quantizeFunction(name: string, depth: number): WasmFunction {
  const [from, to, scales, rows, at, end, most, factor] = [0, 1, 2, 3, 4, 5, 6, 7] as const
  const { get, set, add, integer } = op
  const advance = (local: number, bytes: number): Code => set(local, add(get(local), integer(bytes)))
  const level = (index: number): Code =>
    op.truncate(op.addFloats(op.multiplyFloats(op.load(get(at), 16 * index), get(factor)), splat(MIDDLE + 0.5)))
  const fold = (lanes: readonly number[]): Code => set(most, op.larger(get(most), op.reorder(get(most), lanes)))
  const body = op.repeat(
    [
      ...set(at, get(from)),
      ...set(end, add(get(from), integer(4 * depth))),
      ...set(most, splat(1e-30)),
      ...op.repeat([...set(most, op.larger(get(most), op.absolute(op.load(get(at))))), ...advance(at, 16)], op.less(get(at), get(end))),
      ...fold([2, 3, 0, 1]),
      ...fold([1, 0, 3, 2]),
      ...op.store(get(scales), op.divideFloats(get(most), splat(MIDDLE - 1))),
      ...set(factor, op.divideFloats(splat(MIDDLE - 1), get(most))),
      ...set(at, get(from)),
      ...op.repeat(
        [
          ...op.store(get(to), op.toBytes(op.toShorts(level(0), level(1)), op.toShorts(level(2), level(3)))),
          ...advance(to, 16),
          ...advance(at, 64),
        ],
        op.less(get(at), get(end)),
      ),
      ...set(from, get(end)),
      ...advance(scales, 16),
      ...advance(rows, -1),
    ],
    get(rows),
  )
  return { name, parameters: 4, locals: ['i32', 'i32', 'v128', 'v128'], body }
}

/**
 * Writes the function `name(sums, rowScales, columnScales, rows)`: makes whole sums the numbers that they stand for.
 *
 * @param name - of the function
 * @param width - numbers of a row: a multiple of 4
 */
export function scaleFunction(name: string, width: number): WasmFunction {
  const [sums, rowScales, columnScales, rows, column, end, scale] = [0, 1, 2, 3, 4, 5, 6] as const
  const { get, set, add, integer } = op
  const advance = (local: number, bytes: number): Code => set(local, add(get(local), integer(bytes)))
  const body = op.repeat(
    [
      ...set(scale, op.load(get(rowScales))),
      ...set(column, get(columnScales)),
      ...set(end, add(get(sums), integer(4 * width))),
      ...op.repeat(
        [
          ...op.store(get(sums), op.multiplyFloats(op.multiplyFloats(op.toFloats(op.load(get(sums))), get(scale)), op.load(get(column)))),
          ...advance(sums, 16),
          ...advance(column, 16),
        ],
        op.less(get(sums), get(end)),
      ),
      ...advance(rowScales, 16),
      ...advance(rows, -1),
    ],
    get(rows),
  )
  return { name, parameters: 4, locals: ['i32', 'i32', 'v128'], body }
}
