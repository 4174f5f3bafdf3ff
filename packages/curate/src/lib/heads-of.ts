import { createRandom } from '@dinokit/core/augment'
import { productsOf } from '@dinokit/core/vectors'
import { writeUnits, type RowVectors } from './rows-of.ts'

/** Rows that the directions are found by. */
const SAMPLE = 4096
/** Rows that are projected at once. */
const BLOCK = 2048
const ROUNDS = 3
/** Added to the square of what a projection leaves out, whose rounding would count for more by its root. */
const SLACK = 2e-6

/** Short vectors that stand for long ones, where most pairs are to be ruled out. */
export interface Heads {
  /** [rows][width] */
  readonly data: Float32Array
  readonly width: number
  /** Most that the product of two heads may be below the cosine of their rows. */
  readonly slack: number
}

/** Error that 32 bits may bring into a product of heads. */
const ROUNDING = 2e-5
/** Numbers of a head. */
const WIDTH = 48
const SKETCH_WIDTH = 64
/** Standard errors that a sketch may be wrong by. */
const ERRORS = 3

/**
 * Makes heads that rule out no pair whose cosine is at least a threshold: the bound of {@link boundHeads}, or the rows themselves where
 * that would rule out too little.
 *
 * @param rows - that were looked at
 * @param threshold - a cosine
 */
export function exactHeads(rows: RowVectors, threshold: number): Heads {
  if (rows.dim > WIDTH && rows.count > SAMPLE) {
    const heads = boundHeads(rows, WIDTH)
    let rest = 0
    for (let at = WIDTH - 1; at < heads.data.length; at += WIDTH) rest += heads.data[at]! ** 2 / rows.count
    if (rest < LARGEST_REST * threshold) return heads
  }
  const data = new Float32Array(rows.count * rows.dim)
  writeUnits(
    rows,
    Array.from({ length: rows.count }, (_, row) => row),
    data,
  )
  return { data, width: rows.dim, slack: ROUNDING }
}

/** Share of a threshold from which the rests alone bring too many pairs near it. */
const LARGEST_REST = 0.7

/**
 * Makes heads that rule out few of the pairs whose cosine is at least a threshold, for rows that lie in all directions alike: their
 * projections onto random directions, of length 1. A cosine c is estimated with a standard error of (1 - c * c) / 8; three of them are
 * allowed for.
 *
 * @param rows - that were looked at
 * @param threshold - a cosine
 */
export function sketchHeads(rows: RowVectors, threshold: number): Heads {
  const { dim, count } = rows
  if (dim <= SKETCH_WIDTH) return exactHeads(rows, threshold)
  const random = createRandom(0, dim)
  const directions = Float32Array.from({ length: SKETCH_WIDTH * dim }, () => random.uniform(-1, 1))
  orthonormalize(directions, dim)
  const data = projected(rows, directions, SKETCH_WIDTH)
  for (let row = 0; row < count; row++) {
    let square = 0
    for (let at = row * SKETCH_WIDTH; at < (row + 1) * SKETCH_WIDTH; at++) square += data[at]! ** 2
    const length = Math.sqrt(square) || 1
    for (let at = row * SKETCH_WIDTH; at < (row + 1) * SKETCH_WIDTH; at++) data[at]! /= length
  }
  return { data, width: SKETCH_WIDTH, slack: (ERRORS * (1 - threshold * threshold)) / Math.sqrt(SKETCH_WIDTH) + ROUNDING }
}

/**
 * Makes heads whose products are never below the cosines of their rows: projections onto the directions along which the rows are
 * largest, and the length of what these leave out (Cauchy and Schwarz: the product of two rests is at most that of their lengths).
 * Whatever the directions, the bound holds; good ones make it tight.
 */
function boundHeads(rows: RowVectors, width: number): Heads {
  const data = projected(rows, directionsOf(rows, width - 1), width)
  for (let row = 0; row < rows.count; row++) {
    const rest = (row + 1) * width - 1
    let square = 0
    for (let at = row * width; at < rest; at++) square += data[at]! ** 2
    data[rest] = Math.sqrt(Math.max(0, 1 - square) + SLACK)
  }
  return { data, width, slack: ROUNDING }
}

/** Projections of rows of length 1, in heads that may be wider. */
function projected(rows: RowVectors, directions: Float32Array, width: number): Float32Array {
  const { dim, count } = rows
  const parts = directions.length / dim
  const data = new Float32Array(count * width)
  const units = new Float32Array(Math.min(count, BLOCK) * dim)
  for (let start = 0; start < count; start += BLOCK) {
    const some = Array.from({ length: Math.min(BLOCK, count - start) }, (_, i) => start + i)
    writeUnits(rows, some, units)
    const products = productsOf(units.subarray(0, some.length * dim), directions, dim)
    for (let i = 0; i < some.length; i++) data.set(products.subarray(i * parts, (i + 1) * parts), (start + i) * width)
  }
  return data
}

/** Orthonormal directions along which a sample of the rows is largest (randomized subspace iteration, arXiv 0909.4061). */
function directionsOf(rows: RowVectors, wanted: number): Float32Array {
  const { dim, count } = rows
  const random = createRandom(0, dim, wanted)
  const step = Math.max(1, Math.floor(count / SAMPLE))
  const some = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step)
  const units = new Float32Array(some.length * dim)
  writeUnits(rows, some, units)
  const columns = transposed(units, dim)
  let directions: Float32Array = Float32Array.from({ length: wanted * dim }, () => random.uniform(-1, 1))
  orthonormalize(directions, dim)
  for (let round = 0; round < ROUNDS; round++) {
    const parts = productsOf(directions, units, dim)
    directions = productsOf(parts, columns, some.length)
    orthonormalize(directions, dim)
  }
  return directions
}

function transposed(data: Float32Array, dim: number): Float32Array {
  const count = data.length / dim
  const result = new Float32Array(data.length)
  for (let row = 0; row < count; row++) for (let i = 0; i < dim; i++) result[i * count + row] = data[row * dim + i]!
  return result
}

/** Gram and Schmidt, twice over, in double precision; a vector that vanishes becomes zeros, which leaves the others' bound true. */
function orthonormalize(vectors: Float32Array, dim: number): void {
  const done: Float64Array[] = []
  for (let start = 0; start < vectors.length; start += dim) {
    const vector = Float64Array.from(vectors.subarray(start, start + dim))
    const before = lengthOf(vector)
    for (let pass = 0; pass < 2; pass++) {
      for (const other of done) {
        const part = dot(vector, other)
        for (let i = 0; i < dim; i++) vector[i]! -= part * other[i]!
      }
    }
    const length = lengthOf(vector)
    for (let i = 0; i < dim; i++) vector[i] = length > 1e-9 * before ? vector[i]! / length : 0
    done.push(vector)
    vectors.set(vector, start)
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector))
}
