import { DinokitError, type Tensor } from '@dinokit/core'
import { firstBeyond } from '../contract/assert-storable.ts'

/** Examples of what is searched for, and of what is not. */
export interface QueryExamples {
  /** Vectors of images that are to be found, at least one, each [dim]. */
  readonly like: readonly Tensor[]
  /** Vectors of images that are not. Default: none. */
  readonly unlike?: readonly Tensor[]
  /** Weight of the mean of `unlike` beside that of `like`. Default 0.5. */
  readonly unlikeWeight?: number
}

const DEFAULT_WEIGHT = 0.5

/**
 * Makes one query of several examples: the mean of `like`, each scaled to length 1, minus `unlikeWeight` times the mean of `unlike`, each
 * scaled to length 1 (Rocchio's rule). The length of the result does not matter to a search.
 *
 * @param examples - vectors such as `tokens.embedding`, all of one model
 * @returns [dim], for {@link Store.search}
 * @throws DinokitError `tensor-invalid` for vectors of different lengths, without direction, or that cancel each other out,
 *   `invalid-option` without examples of what is searched for, and for a negative weight
 */
export function queryFrom({ like, unlike = [], unlikeWeight = DEFAULT_WEIGHT }: QueryExamples): Tensor {
  const [first] = like
  if (!first) {
    throw new DinokitError('invalid-option', 'There is no example of what is searched for.', {
      given: `${unlike.length} vectors of what is not`,
      expected: 'at least one vector in `like`',
      hint: 'Give `like` an image that is near to what you look for.',
    })
  }
  if (!(unlikeWeight >= 0 && unlikeWeight < Infinity)) {
    throw new DinokitError('invalid-option', `The weight of what is not searched for is ${unlikeWeight}.`, {
      given: String(unlikeWeight),
      expected: 'a number of 0 or more',
    })
  }
  const dim = first.data.length
  const sum = new Float64Array(dim)
  add(sum, like, 1 / like.length)
  add(sum, unlike, -unlikeWeight / unlike.length)
  const length = Math.hypot(...sum)
  // Of equal vectors rounding is left, which has a direction of no meaning.
  if (length < 1e-6) {
    throw new DinokitError('tensor-invalid', 'The examples cancel each other out.', {
      given: `${like.length} vectors in like, ${unlike.length} in unlike, of weight ${unlikeWeight}`,
      expected: 'a mean that has a direction',
      hint: 'Leave out what is in both.',
    })
  }
  return { dtype: 'float32', data: Float32Array.from(sum, (value) => value / length), shape: [dim] }
}

function add(sum: Float64Array, vectors: readonly Tensor[], weight: number): void {
  for (const { data } of vectors) {
    if (data.length !== sum.length) {
      throw new DinokitError('tensor-invalid', 'The examples are of different models.', {
        given: `${data.length} elements`,
        expected: `${sum.length} elements`,
      })
    }
    const length = Math.hypot(...data)
    if (firstBeyond(data) >= 0 || length === 0) {
      throw new DinokitError('tensor-invalid', 'An example has no direction.', {
        given: 'all zeros, or NaN or infinity',
        expected: 'finite numbers, not all zero',
      })
    }
    for (let i = 0; i < sum.length; i++) sum[i]! += (weight / length) * data[i]!
  }
}
