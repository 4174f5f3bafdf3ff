import { DinokitError, type Tensor } from '@dinokit/core'
import { productsOf } from './products/products-of.ts'

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

/**
 * Principal component analysis by orthogonal iteration (Golub and Van Loan, Matrix Computations, 8.2.4). Vectors of
 * several images give one basis that all of them share.
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
  let components = Array.from({ length: count }, (_, index) => startVector(dim, index))
  let previous = new Array<number>(count).fill(0)
  for (let round = 0; round < ROUNDS; round++) {
    const images = components.map((component) => multiply(covariance, component))
    const variances = images.map((image, i) => dot(image, components[i]!))
    components = orthonormal(images, components)
    const still = variances.every((variance, i) => Math.abs(variance - previous[i]!) <= ENOUGH * variances[0]!)
    previous = variances
    if (still) break
  }
  return { mean, components: components.map(pointed), variances: previous }
}

function meanOf(tensors: readonly Tensor[], dim: number, vectors: number): Float64Array {
  const sums = new Float64Array(dim)
  for (const { data } of tensors) {
    for (let start = 0; start < data.length; start += dim) for (let i = 0; i < dim; i++) sums[i]! += data[start + i]!
  }
  return sums.map((sum) => sum / vectors)
}

/** Vectors whose products are summed in 32 bits; their sums are added in 64. */
const CHUNK = 256

function covarianceOf(tensors: readonly Tensor[], dim: number, vectors: number, mean: Float64Array): Float64Array {
  const covariance = new Float64Array(dim * dim)
  for (const { data } of tensors) {
    for (let start = 0; start < data.length; start += CHUNK * dim) {
      const count = Math.min(CHUNK, (data.length - start) / dim)
      // [dim][count]: the products of its rows are sums over vectors.
      const centered = new Float32Array(dim * count)
      for (let i = 0; i < dim; i++) {
        for (let vector = 0; vector < count; vector++) centered[i * count + vector] = data[start + vector * dim + i]! - mean[i]!
      }
      productsOf(centered, centered, count).forEach((sum, i) => (covariance[i]! += sum))
    }
  }
  return covariance.map((sum) => sum / vectors)
}

/** A fixed start that is along no axis, so that results are the same on every machine and every time. */
function startVector(dim: number, index: number): Float64Array {
  return Float64Array.from({ length: dim }, (_, i) => Math.sin((i + 1) * (index + 1) * 12.9898))
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const dim = vector.length
  const result = new Float64Array(dim)
  for (let row = 0, at = 0; row < dim; row++) {
    let sum = 0
    for (let i = 0; i < dim; i++, at++) sum += matrix[at]! * vector[i]!
    result[row] = sum
  }
  return result
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
    let rest = unit(vector) ?? before[index]!
    for (let pass = 0; pass < 2; pass++) {
      for (const other of done) {
        const share = dot(rest, other)
        rest = rest.map((value, i) => value - share * other[i]!)
      }
      rest = unit(rest) ?? rest
    }
    done.push(rest)
  })
  return done
}

function unit(vector: Float64Array): Float64Array | undefined {
  const length = Math.sqrt(dot(vector, vector))
  return length > 0 ? vector.map((value) => value / length) : undefined
}

function pointed(component: Float64Array): Float64Array {
  const largest = component.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
  return largest < 0 ? component.map((value) => -value) : component
}
