import { DinokitError } from '@dinokit/core'

/**
 * Refuses a token that is not there.
 *
 * @throws DinokitError `invalid-option`
 */
export function assertToken(token: number, tokens: number): void {
  if (Number.isInteger(token) && token >= 0 && token < tokens) return
  throw new DinokitError('invalid-option', `There is no token ${token}.`, {
    given: String(token),
    expected: `a whole number from 0 to ${tokens - 1}`,
  })
}
