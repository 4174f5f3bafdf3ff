import { DinokitError } from '@dinokit/core'

/**
 * Refuses what is no whole number of at least 1.
 *
 * @param what - a noun that says what the number is
 * @throws DinokitError `invalid-option`
 */
export function assertCount(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new DinokitError('invalid-option', `The ${what} is ${value}.`, { given: String(value), expected: 'a whole number of at least 1' })
}
