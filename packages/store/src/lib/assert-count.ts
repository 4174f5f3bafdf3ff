import { DinokitError } from '@dinokit/core'

/**
 * Refuses an option that is no whole number of at least 1.
 *
 * @throws DinokitError `invalid-option`
 */
export function assertCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new DinokitError('invalid-option', `The option ${name} is ${value}.`, {
    given: String(value),
    expected: 'a whole number of at least 1',
  })
}
