import { expect, test } from 'vitest'
import { CONSTANTS_AT, createArithmetic } from '../arithmetic.ts'
import { createKernelMemory, MOST_PAGES } from '../kernel-memory.ts'
import { PANEL, RANGE_BYTES, ROWS } from '../tasks.ts'
import { encodeModule } from '../wasm-module.ts'
import { levelProductFunction, levelsFunction, rangeFunction, SIZE_BYTES } from './level-functions.ts'
import { packLevels } from './pack-levels.ts'
import { writeSize } from './write-size.ts'

const [DEPTH, WIDTH] = [24, 16] as const

/** Levels and products of rows by the kernels: with a matrix [depth][width] of signed bytes, sizes of its levels and what is added. */
function compute(
  x: Float32Array,
  matrix: Int8Array,
  { factors, sizes, added }: { readonly factors?: Float32Array; readonly sizes: Float32Array; readonly added: Float32Array },
): { readonly size: number; readonly levels: Int16Array; readonly result: Float32Array } {
  const arithmetic = createArithmetic(false)
  const scaled = factors !== undefined
  const functions = [
    rangeFunction(arithmetic, 'range', DEPTH, scaled),
    levelsFunction(arithmetic, 'levels', DEPTH, scaled),
    levelProductFunction(arithmetic, 'product', DEPTH, WIDTH),
  ]
  const store = createKernelMemory(false, 65_536)
  const rows = x.length / DEPTH
  const blocks = Math.ceil(rows / ROWS)
  const [from, by] = [store.keepFloats(x), factors ? store.keepFloats(factors) : 0]
  const start = store.keepFloats(Float32Array.of(...sizes, ...added))
  const right = store.keep(matrix.length)
  const [ranges, size] = [store.keep(RANGE_BYTES), store.keep(SIZE_BYTES)]
  const [left, result] = [store.keep(2 * DEPTH * ROWS * blocks), store.keep(4 * WIDTH * ROWS * blocks)]
  packLevels(new Uint8Array(matrix.buffer), new Int8Array(store.memory.buffer, right, matrix.length), {
    width: WIDTH,
    depth: DEPTH,
    center: 0,
  })
  const { constants } = arithmetic
  store.floats(CONSTANTS_AT, 4 * constants.length).set(constants.flatMap((value) => [value, value, value, value]))
  const module = new WebAssembly.Module(encodeModule(functions, { shared: false, mostPages: MOST_PAGES }))
  const kernels = new WebAssembly.Instance(module, { env: { memory: store.memory } }).exports as Record<string, (...of: number[]) => void>
  kernels.range!(from, ranges, by, rows)
  writeSize(store, size, store.floats(ranges, RANGE_BYTES / 4))
  kernels.levels!(from, left, by, rows, size)
  kernels.product!(left, right, result, start, 0, blocks, WIDTH / PANEL, size)
  return {
    size: store.floats(size, 1)[0]!,
    levels: new Int16Array(store.memory.buffer, left, x.length).slice(),
    result: store.floats(result, rows * WIDTH).slice(),
  }
}

const f = Math.fround

test('gives the very numbers of the rule: levels by the nearest, even where two are, and whole sums, at the farthest levels too', () => {
  const rows = 7
  const factors = Float32Array.from({ length: DEPTH }, (_, k) => 0.5 + (k % 5))
  const x = Float32Array.from({ length: rows * DEPTH }, (_, i) => 3 * Math.sin(i * 1.7) + (i % 11 === 0 ? 2 : 0))
  // A row at each end.
  x.fill(-9, 0, DEPTH)
  x.fill(40, DEPTH, 2 * DEPTH)
  const matrix = Int8Array.from({ length: DEPTH * WIDTH }, (_, i) => [127, -127, 90, -3][i % WIDTH] ?? ((i * 37) % 255) - 127)
  const sizes = Float32Array.from({ length: WIDTH }, (_, column) => 0.001 * (column + 1))
  const added = Float32Array.from({ length: WIDTH }, (_, column) => column - 5)
  for (const by of [undefined, factors]) {
    const values = x.map((value, i) => f(value * (by?.[i % DEPTH] ?? 1)))
    const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)]
    const size = f(f(most - least) / 255)
    const even = (value: number): number => value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52
    const zero = even(f(-least / size))
    const levels = Array.from(values, (value) => Math.max(0, Math.min(255, even(f(value / size)) + zero)) - zero)
    const given = compute(x, matrix, { sizes, added, ...(by && { factors: by }) })
    expect(given.size).toBe(size)
    expect(Array.from(given.levels)).toEqual(levels)
    expect(Math.max(...levels) - Math.min(...levels)).toBe(255)
    const expected = Array.from({ length: rows * WIDTH }, (_, i) => {
      const [row, column] = [Math.floor(i / WIDTH), i % WIDTH]
      let sum = 0
      for (let k = 0; k < DEPTH; k++) sum += levels[row * DEPTH + k]! * matrix[k * WIDTH + column]!
      return f(f(sum * f(size * sizes[column]!)) + added[column]!)
    })
    expect(Array.from(given.result)).toEqual(expected)
  }
})

test('gives what is added alone for zeros, and NaN for what is not finite', () => {
  const matrix = new Int8Array(DEPTH * WIDTH).fill(7)
  const constants = { sizes: new Float32Array(WIDTH).fill(1), added: new Float32Array(WIDTH).fill(0.25) }
  expect(compute(new Float32Array(DEPTH), matrix, constants).result).toEqual(new Float32Array(WIDTH).fill(0.25))
  for (const wrong of [NaN, Infinity, -Infinity]) {
    const { result } = compute(new Float32Array(DEPTH).fill(1).with(5, wrong), matrix, constants)
    expect(result.every(Number.isNaN)).toBe(true)
  }
})
