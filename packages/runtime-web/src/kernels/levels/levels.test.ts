import { expect, test } from 'vitest'
import { CONSTANTS_AT, createArithmetic } from '../arithmetic.ts'
import { createKernelMemory, MOST_PAGES } from '../kernel-memory.ts'
import { PANEL, RANGE_BYTES, ROWS } from '../tasks.ts'
import { hasRelaxedSimd } from '../relaxed-simd.ts'
import { encodeModule } from '../wasm-module.ts'
import { byteLevelsFunction, byteProductFunction, byteRow, inBytes, REST, RESTS_HEAD, RESTS_SLACK } from './byte-functions.ts'
import { CENTER_AT, levelProductFunction, levelsFunction, rangeFunction, SIZE_BYTES } from './level-functions.ts'
import { packLevels } from './pack-levels.ts'
import { writeSize } from './write-size.ts'

const WIDTH = 16

/** A form of levels: rows of 16 bits of plain instructions, or of bytes and rests by relaxed ones. */
interface LevelsForm {
  readonly relaxed: boolean
  readonly depth: number
}

const FORMS: readonly LevelsForm[] = [
  { relaxed: false, depth: 24 },
  { relaxed: false, depth: 32 },
  { relaxed: true, depth: 24 },
  // Node 20 has no relaxed instructions; browsers run it.
  ...(hasRelaxedSimd() ? [{ relaxed: true, depth: 32 }] : []),
]

/** Levels and products of rows by the kernels: with a matrix [depth][width] of signed bytes, sizes of its levels and what is added. */
function compute(
  { relaxed, depth }: LevelsForm,
  x: Float32Array,
  matrix: Int8Array,
  { factors, sizes, added }: { readonly factors?: Float32Array; readonly sizes: Float32Array; readonly added: Float32Array },
): { readonly size: number; readonly levels: readonly number[]; readonly rests: number; readonly result: Float32Array } {
  const arithmetic = createArithmetic(relaxed)
  const scaled = factors !== undefined
  const bytes = inBytes(arithmetic, depth)
  expect(bytes).toBe(relaxed && depth === 32)
  const functions = [
    rangeFunction(arithmetic, 'range', depth, scaled),
    (bytes ? byteLevelsFunction : levelsFunction)(arithmetic, 'levels', depth, scaled),
    (bytes ? byteProductFunction : levelProductFunction)(arithmetic, 'product', depth, WIDTH),
  ]
  const store = createKernelMemory(false, 65_536)
  const rows = x.length / depth
  const blocks = Math.ceil(rows / ROWS)
  const row = bytes ? byteRow(depth) : 2 * depth
  const [from, by] = [store.keepFloats(x), factors ? store.keepFloats(factors) : 0]
  const [start, right] = [store.keep(12 * WIDTH), store.keep(matrix.length)]
  const [ranges, size] = [store.keep(RANGE_BYTES), store.keep(SIZE_BYTES)]
  const [left, result] = [store.keep(row * ROWS * blocks), store.keep(4 * WIDTH * ROWS * blocks)]
  const room = RESTS_HEAD + REST * x.length + RESTS_SLACK
  const rests = store.keep(room)
  const { buffer } = store.memory
  packLevels(
    new Uint8Array(matrix.buffer),
    { levels: new Int8Array(buffer, right, matrix.length), sums: new Int32Array(buffer, start + 8 * WIDTH, WIDTH) },
    { width: WIDTH, depth, center: 0, group: bytes ? 4 : 2 },
  )
  store.floats(start, 2 * WIDTH).set([...sizes, ...added])
  const { constants } = arithmetic
  store.floats(CONSTANTS_AT, 4 * constants.length).set(constants.flatMap((value) => [value, value, value, value]))
  const module = new WebAssembly.Module(encodeModule(functions, { shared: false, mostPages: MOST_PAGES }))
  const kernels = new WebAssembly.Instance(module, { env: { memory: store.memory } }).exports as Record<string, (...of: number[]) => void>
  kernels.range!(from, ranges, by, rows)
  writeSize(store, size, store.floats(ranges, RANGE_BYTES / 4))
  kernels.levels!(from, left, by, rows, size, rests, rests + room - RESTS_SLACK)
  kernels.product!(left, right, result, start, 0, blocks, WIDTH / PANEL, size)
  const levels: number[] = []
  let restCount = 0
  for (let at = left; at < left + rows * row; at += row) {
    if (!bytes) levels.push(...new Int16Array(buffer, at, depth))
    else {
      const center = new Int32Array(buffer, size + CENTER_AT, 1)[0]!
      const own = Array.from(new Uint8Array(buffer, at, depth), (byte) => byte - center)
      const [first, last] = new Int32Array(buffer, at + depth, 2) as unknown as readonly [number, number]
      const found = new Int32Array(buffer, first, (last - first) / 4)
      for (let i = 0; i < found.length; i += 3) own[found[i]! / PANEL + Math.log2(found[i + 1]!) / 8]! += found[i + 2]! >> 16
      levels.push(...own)
      restCount += found.length / 3
    }
  }
  return { size: store.floats(size, 1)[0]!, levels, rests: restCount, result: store.floats(result, rows * WIDTH).slice() }
}

const f = Math.fround

test.each(FORMS)(
  'gives the very numbers of the rule: levels by the nearest, even where two are, and whole sums, at the farthest levels too: $depth, relaxed $relaxed',
  (form) => {
    const { relaxed, depth } = form
    const rows = 7
    const factors = Float32Array.from({ length: depth }, (_, k) => 0.5 + (k % 5))
    const plain = Float32Array.from({ length: rows * depth }, (_, i) => 3 * Math.sin(i * 1.7) + (i % 11 === 0 ? 2 : 0))
    /** Two rows at the ends. */
    const between = (least: number, most: number): Float32Array =>
      Float32Array.from(plain)
        .fill(least, 0, depth)
        .fill(most, depth, 2 * depth)
    // 0 near the first level, in the middle, near the last one; the first level itself, and the last.
    const inputs = [
      between(-9, 40),
      between(-21, 19),
      between(-40, 3),
      plain.map(Math.abs).fill(0, 0, 1),
      plain.map((value) => -Math.abs(value)).fill(0, 0, 1),
    ]
    const matrix = Int8Array.from({ length: depth * WIDTH }, (_, i) => [127, -127, 90, -3][i % WIDTH] ?? ((i * 37) % 255) - 127)
    const sizes = Float32Array.from({ length: WIDTH }, (_, column) => 0.001 * (column + 1))
    const added = Float32Array.from({ length: WIDTH }, (_, column) => column - 5)
    for (const [x, by] of inputs.flatMap((one) => [[one, undefined] as const, [one, factors] as const])) {
      const values = x.map((value, i) => f(value * (by?.[i % depth] ?? 1)))
      const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)]
      const size = f(f(most - least) / 255)
      const even = (value: number): number => value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52
      const zero = even(f(-least / size))
      const levels = Array.from(values, (value) => Math.max(0, Math.min(255, even(f(value / size)) + zero)) - zero)
      const given = compute(form, x, matrix, { sizes, added, ...(by && { factors: by }) })
      expect(given.size).toBe(size)
      expect(given.levels).toEqual(levels)
      expect(Math.max(...levels) - Math.min(...levels)).toBe(255)
      // What bytes leave out, and no more.
      const center = zero - Math.min(Math.max(zero - 64, 0), 128)
      const outside = levels.filter((level) => level + center < 0 || level + center > 127)
      expect(given.rests).toBe(relaxed && depth === 32 ? outside.length : 0)
      expect(outside.length).toBeGreaterThan(0)
      const expected = Array.from({ length: rows * WIDTH }, (_, i) => {
        const [row, column] = [Math.floor(i / WIDTH), i % WIDTH]
        let sum = 0
        for (let k = 0; k < depth; k++) sum += levels[row * depth + k]! * matrix[k * WIDTH + column]!
        return f(f(sum * f(size * sizes[column]!)) + added[column]!)
      })
      expect(Array.from(given.result)).toEqual(expected)
    }
  },
)

test.each(FORMS)('gives what is added alone for zeros, and NaN for what is not finite: $depth, relaxed $relaxed', (form) => {
  const { depth } = form
  const matrix = new Int8Array(depth * WIDTH).fill(7)
  const constants = { sizes: new Float32Array(WIDTH).fill(1), added: new Float32Array(WIDTH).fill(0.25) }
  expect(compute(form, new Float32Array(depth), matrix, constants).result).toEqual(new Float32Array(WIDTH).fill(0.25))
  for (const wrong of [NaN, Infinity, -Infinity]) {
    const { result } = compute(form, new Float32Array(depth).fill(1).with(5, wrong), matrix, constants)
    expect(result.every(Number.isNaN)).toBe(true)
  }
})
