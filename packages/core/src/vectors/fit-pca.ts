import { DinokitError } from '../contract/dinokit-error.ts'
import type { Tensor } from '../contract/tensor.ts'
import { productsOf } from './products-of.ts'

/** The directions along which a set of vectors varies most. */
export interface PcaBasis {
  /** [dim] */
  readonly mean: Float64Array
  /** [components][dim], orthonormal, most variance first; each points where its largest element is positive. */
  readonly components: readonly Float64Array[]
  /** Variance along each component. */
  readonly variances: readonly number[]
}

const ROUNDS = 300
const ENOUGH = 1e-12
/** Directions that are followed beside those that are wanted: convergence waits for the gap after all of them. */
const GUARDS = 6

/**
 * Principal component analysis by orthogonal iteration with Rayleigh-Ritz steps (Golub and Van Loan, Matrix Computations, 8.2.4
 * and 8.3). Vectors of several images give one basis that all of them share.
 *
 * @param tensors - [...][dim] each, such as `patches`
 * @param count - number of components
 * @throws DinokitError `tensor-invalid` where dims differ, or there are fewer vectors than components
 */
export function fitPca(tensors: readonly Tensor[], count = 3): PcaBasis {
  const dim = tensors[0]?.shape.at(-1) ?? 0
  const vectors = tensors.reduce((sum, { data }) => sum + data.length / dim, 0)
  if (tensors.some(({ shape }) => shape.at(-1) !== dim) || !(vectors >= count) || dim < count) {
    throw new DinokitError('tensor-invalid', `Can’t compute ${count} principal components.`, {
      given: tensors.map(({ shape }) => `[${shape.join('][')}]`).join(', ') || 'no tensors',
      expected: `at least ${count} vectors of one length, which is at least ${count}`,
    })
  }
  const mean = meanOf(tensors, dim, vectors)
  const covariance = covarianceOf(tensors, dim, vectors, mean)
  let components = orthonormal(
    Array.from({ length: Math.min(dim, count + GUARDS) }, (_, index) => startVector(dim, index)),
    [],
  )
  let previous = new Array<number>(count).fill(0)
  for (let round = 0; round < ROUNDS; round++) {
    const images = multiply(covariance, components)
    const { values, vectors: turns } = eigenOf(components.map((one) => images.map((image) => dot(one, image))))
    const still = previous.every((variance, i) => Math.abs(variance - values[i]!) <= ENOUGH * values[0]!)
    previous = values.slice(0, count)
    components = orthonormal(
      turns.map((turn) => combined(images, turn)),
      turns.map((turn) => combined(components, turn)),
    )
    if (still) break
  }
  return { mean, components: components.slice(0, count).map(pointed), variances: previous }
}

// Loops rather than callbacks below: these ran for two thirds of the time, with the garbage that they made.

function combined(vectors: readonly Float64Array[], shares: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length)
  for (let index = 0; index < vectors.length; index++) addScaled(sum, vectors[index]!, shares[index]!)
  return sum
}

/** Adds so many times a vector to another. */
function addScaled(to: Float64Array, vector: Float64Array, share: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += share * vector[i]!
}

/** Eigenvalues of a small symmetric matrix, the largest first, and their vectors, by Jacobi's rotations. */
function eigenOf(matrix: readonly (readonly number[])[]): { readonly values: number[]; readonly vectors: readonly (readonly number[])[] } {
  const size = matrix.length
  const a = matrix.map((row) => [...row])
  const vectors = matrix.map((_, i) => matrix.map((_, j) => Number(i === j)))
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = false
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const off = a[p]![q]!
        if (Math.abs(off) <= Number.EPSILON * Math.sqrt(Math.abs(a[p]![p]! * a[q]![q]!))) continue
        moved = true
        const angle = 0.5 * Math.atan2(2 * off, a[q]![q]! - a[p]![p]!)
        const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
        for (const rows of [a, vectors]) {
          ;[rows[p], rows[q]] = [mixed(rows[p]!, rows[q]!, cosine, -sine), mixed(rows[p]!, rows[q]!, sine, cosine)]
        }
        for (const row of a) {
          ;[row[p], row[q]] = [cosine * row[p]! - sine * row[q]!, sine * row[p]! + cosine * row[q]!]
        }
      }
    }
    if (!moved) break
  }
  const order = Array.from(a.keys()).sort((one, other) => a[other]![other]! - a[one]![one]!)
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => vectors[i]!) }
}

function mixed(one: readonly number[], other: readonly number[], first: number, second: number): number[] {
  return one.map((value, i) => first * value + second * other[i]!)
}

/** Most sweeps of Jacobi's rotations, which converge in a handful. */
const SWEEPS = 30

function meanOf(tensors: readonly Tensor[], dim: number, vectors: number): Float64Array {
  const sums = new Float64Array(dim)
  for (const { data } of tensors) {
    for (let start = 0; start < data.length; start += dim) for (let i = 0; i < dim; i++) sums[i]! += data[start + i]!
  }
  return sums.map((sum) => sum / vectors)
}

/** Vectors whose products are summed in 32 bits; their sums are added in 64. No power of 2, whose rows would share a processor's cache lines. */
const CHUNK = 252
/** Rows of the covariance that are computed at once: those below the diagonal are left out, but for the rest of its blocks. */
const ROWS = 64

function covarianceOf(tensors: readonly Tensor[], dim: number, vectors: number, mean: Float64Array): Float64Array {
  const covariance = new Float64Array(dim * dim)
  for (const { data } of tensors) {
    for (let start = 0; start < data.length; start += CHUNK * dim) {
      const count = Math.min(CHUNK, (data.length - start) / dim)
      // [dim][count]: the products of its rows are sums over vectors.
      const centered = new Float32Array(dim * count)
      for (let vector = 0, from = start; vector < count; vector++) {
        for (let i = 0; i < dim; i++, from++) centered[i * count + vector] = data[from]! - mean[i]!
      }
      for (let top = 0; top < dim; top += ROWS) {
        const rows = Math.min(ROWS, dim - top)
        const right = centered.subarray(top * count)
        addRows(covariance, productsOf(right.subarray(0, rows * count), right, count), { dim, top })
      }
    }
  }
  for (let row = 0; row < dim; row++) {
    for (let column = 0; column < row; column++) covariance[row * dim + column] = covariance[column * dim + row]!
  }
  return covariance.map((sum) => sum / vectors)
}

/** Adds some rows, from the diagonal's block on, to a square matrix. */
function addRows(to: Float64Array, rows: Float32Array, { dim, top }: { readonly dim: number; readonly top: number }): void {
  for (let from = 0, row = top; from < rows.length; row++) {
    for (let column = top; column < dim; column++, from++) to[row * dim + column]! += rows[from]!
  }
}

/** A fixed start that is along no axis, so that results are the same on every machine and every time. */
function startVector(dim: number, index: number): Float64Array {
  return Float64Array.from({ length: dim }, (_, i) => Math.sin((i + 1) * (index + 1) * 12.9898))
}

/** Products of a square matrix with vectors, three at a time: each sum waits for itself, and those of three don't. */
function multiply(matrix: Float64Array, vectors: readonly Float64Array[]): Float64Array[] {
  const dim = vectors[0]!.length
  const images = vectors.map(() => new Float64Array(dim))
  for (let index = 0; index < vectors.length; index += 3) {
    const [a, b, c] = [0, 1, 2].map((next) => vectors[index + next] ?? vectors[index]!) as [Float64Array, Float64Array, Float64Array]
    for (let row = 0, at = 0; row < dim; row++) {
      let [first, second, third] = [0, 0, 0]
      for (let i = 0; i < dim; i++, at++) {
        const value = matrix[at]!
        first += value * a[i]!
        second += value * b[i]!
        third += value * c[i]!
      }
      images[index]![row] = first
      if (index + 1 < images.length) images[index + 1]![row] = second
      if (index + 2 < images.length) images[index + 2]![row] = third
    }
  }
  return images
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Gram and Schmidt, twice over; a vector that vanishes (no variance is left) keeps what it was before. */
function orthonormal(vectors: readonly Float64Array[], before: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = []
  vectors.forEach((vector, index) => {
    let rest = unit(vector) ?? (before[index] ?? vector).slice()
    for (let pass = 0; pass < 2; pass++) {
      for (const other of done) addScaled(rest, other, -dot(rest, other))
      rest = unit(rest) ?? rest
    }
    done.push(rest)
  })
  return done
}

function unit(vector: Float64Array): Float64Array | undefined {
  const length = Math.sqrt(dot(vector, vector))
  if (!(length > 0)) return undefined
  const result = new Float64Array(vector.length)
  for (let i = 0; i < result.length; i++) result[i] = vector[i]! / length
  return result
}

function pointed(component: Float64Array): Float64Array {
  const largest = component.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
  return largest < 0 ? component.map((value) => -value) : component
}
