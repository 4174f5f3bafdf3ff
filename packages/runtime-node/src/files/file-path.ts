import { DinokitError } from '@dinokit/core'
import { fileURLToPath } from 'node:url'

/**
 * The path that a `file:` address means.
 *
 * @throws DinokitError `invalid-option` where it means none here
 */
export function filePath(address: string | URL): string {
  try {
    return fileURLToPath(address)
  } catch (cause) {
    throw new DinokitError('invalid-option', `${String(address)} does not name a local file.`, {
      given: String(address),
      expected: 'an address such as file:///folder/file',
      cause,
    })
  }
}
