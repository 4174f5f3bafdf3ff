import { DinokitError } from '../contract/dinokit-error.ts'

/**
 * Refuses a file whose format is newer than what this release reads.
 *
 * @param name - the file, for messages
 * @param version - of its format
 * @param newest - the newest version that is known
 * @throws DinokitError `contract-mismatch`
 */
export function assertNotNewer(name: string, version: number, newest: number): void {
  if (!(version > newest)) return
  throw new DinokitError('contract-mismatch', `${name} was written by a newer dinokit.`, {
    given: `version ${version}`,
    expected: `version ${newest} or earlier`,
    hint: 'Update dinokit. Nothing was changed.',
  })
}
