import { DinokitError } from '../contract/dinokit-error.ts'

/** Names of the number formats that a network can be computed in. */
export const PRECISION_NAMES = ['float32', 'float16', 'int8', 'int8-weights', 'int4-weights'] as const

/** Name of a number format. */
export type PrecisionName = (typeof PRECISION_NAMES)[number]

/**
 * Refuses what is no number format.
 *
 * @param precision - as it was given
 * @throws DinokitError `invalid-option`
 */
export function assertPrecision(precision: string): asserts precision is PrecisionName {
  if ((PRECISION_NAMES as readonly string[]).includes(precision)) return
  throw new DinokitError('invalid-option', `The option precision is ${precision}.`, {
    given: precision,
    expected: PRECISION_NAMES.join(', '),
  })
}
