import type { Tensor } from '@dinokit/core'
import { whiten } from '../vectors/whiten.ts'

/**
 * Measure of how alike two images are. `whitened`: the cosine of whitened vectors, 1 where they are the same and about 0 for any two of
 * the set, whatever the model. `cosine`: the cosine of the vectors as they are, which is far above 0 for any two images of some models.
 */
export type Measure = 'whitened' | 'cosine'

/** Thresholds from which images are duplicates, by measure, unless another is said. */
export const NEAR_DUPLICATE = { whitened: 0.7, cosine: 0.95 } as const

/** Rows from which whitening knows what all images of a set have in common. */
const ENOUGH = 20
/** Rows from which pairs are first compared by sketches. */
const MANY = 20_000

/** Options of how images are compared. */
export interface MeasureOptions {
  /** Default `whitened` from 20 rows on, `cosine` for fewer. */
  readonly measure?: Measure
  /**
   * Least similarity of duplicates, by that measure. Default 0.7 for `whitened`, 0.95 for `cosine`. 1 finds equal vectors alone, such as
   * those of copies of a file.
   */
  readonly threshold?: number
}

/** Vectors that are ready to be compared. */
export interface MeasuredVectors {
  readonly vectors: Tensor
  readonly measure: Measure
  readonly threshold: number
  readonly sketch: boolean
}

/** Prepares vectors by a measure: rows that are all equal can’t be whitened, and stay as they are. */
export function measured(vectors: Tensor, { measure, threshold }: MeasureOptions): MeasuredVectors {
  const count = vectors.shape[0]!
  const chosen = (measure ?? (count < ENOUGH ? 'cosine' : 'whitened')) === 'cosine' || allEqual(vectors) ? 'cosine' : 'whitened'
  return {
    vectors: chosen === 'whitened' ? whiten(vectors) : vectors,
    measure: chosen,
    threshold: threshold ?? NEAR_DUPLICATE[chosen],
    sketch: chosen === 'whitened' && count > MANY,
  }
}

function allEqual({ data, shape }: Tensor): boolean {
  const dim = shape[1]!
  return data.every((value, at) => value === data[at % dim])
}
