import { DinokitError } from '@dinokit/core'

/**
 * Reads an address.
 *
 * @param address - as it was given
 * @param base - what a relative one is relative to
 * @throws DinokitError `invalid-option` where it does not parse
 */
export function parseAddress(address: string | URL, base?: string): URL {
  try {
    return new URL(address, base)
  } catch (cause) {
    throw new DinokitError('invalid-option', `${JSON.stringify(String(address))} is not a valid address.`, {
      given: String(address),
      expected: 'an address such as https://example.org/photo.jpg',
      cause,
    })
  }
}
