import { findModelCard, fingerprintOf } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { StoreLayout, StoreRow } from '@dinokit/store'

/** Length of the noise beside that of a vector. */
const NOISE = 0.2
/** Vectors that the middle of likeness is found by. */
const SOME = 1000
const SQUARE = { width: 224, height: 224 }

/** Vectors [count][dim], one after the other. */
export interface Vectors {
  readonly data: Float32Array
  readonly dim: number
}

/**
 * Makes vectors that lie as those of images do, from real ones: each is a random mean of two real ones of length 1, with noise whose
 * length is about a fifth of its own. The same seed and number give the same vector.
 *
 * @param real - of images
 * @param number - of the vector
 * @param seed - 0 for rows; another for queries that are no rows
 */
export function madeVector({ data, dim }: Vectors, number: number, seed: number): Float32Array {
  const random = createRandom(seed, number)
  const count = data.length / dim
  const [one, other, share] = [unitAt(data, dim, random.below(count)), unitAt(data, dim, random.below(count)), random.uniform()]
  const mixed = one.map((value, i) => share * value + (1 - share) * other[i]!)
  const deviation = (NOISE * Math.hypot(...mixed)) / Math.sqrt(dim)
  for (let i = 0; i < dim; i += 2) {
    const [radius, angle] = [deviation * Math.sqrt(-2 * Math.log(1 - random.uniform())), 2 * Math.PI * random.uniform()]
    mixed[i]! += radius * Math.cos(angle)
    if (i + 1 < dim) mixed[i + 1]! += radius * Math.sin(angle)
  }
  return mixed
}

function unitAt(data: Float32Array, dim: number, row: number): Float32Array {
  const vector = data.slice(row * dim, (row + 1) * dim)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/**
 * Makes rows of a store of class tokens: of the split `held out` every two hundredth, of `test` every twentieth, the others of `train`; of a
 * hundred labels, of which the first fifty are of the vectors that are more like the first real one.
 *
 * @param real - vectors of images
 * @returns makes the row of a number
 */
export function createRowMaker(real: Vectors): (number: number, data: Float32Array) => StoreRow {
  const first = unitAt(real.data, real.dim, 0)
  const cosine = (data: Float32Array): number => data.reduce((sum, value, i) => sum + value * first[i]!, 0) / Math.hypot(...data)
  const some = Array.from({ length: SOME }, (_, i) => cosine(madeVector(real, i, 2))).sort((a, b) => a - b)
  const middle = some[SOME / 2]!
  return (number, data) => ({
    id: `photos/${number}.jpg`,
    source: `/photos/${number}.jpg`,
    hash: number.toString(16).padStart(64, '0'),
    label: `class ${(number % 50) + (cosine(data) > middle ? 0 : 50)}`,
    split: number % 200 === 7 ? 'held out' : number % 20 === 0 ? 'test' : 'train',
    placement: { source: SQUARE, resized: SQUARE, left: 0, top: 0, input: SQUARE },
    tensors: { cls: { dtype: 'float32', data, shape: [data.length] } },
  })
}

/** The layout of a store of such rows. */
export function madeLayout(dim: number): StoreLayout {
  const card = findModelCard('dinov2-small')
  return {
    version: 2,
    fingerprint: fingerprintOf({ card, digest: '0', precision: 'float32' }),
    size: 224,
    dtype: 'float32',
    tensors: { cls: [dim] },
  }
}
