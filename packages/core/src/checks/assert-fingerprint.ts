import { DinokitError } from '../contract/dinokit-error.ts'
import type { Fingerprint } from '../contract/fingerprint.ts'
import { compareFingerprints, type CompareOptions } from './compare-fingerprints.ts'

/**
 * Refuses tokens that a head must not read: see `compareFingerprints`. How large the image was and how it was cropped may differ:
 * a head serves every size; mean and standard deviation must be its own.
 *
 * @param who - the head, for the message
 * @param own - what the head is for
 * @param given - what the tokens were made by
 * @param options - exceptions that the user allows
 * @returns what is to be said of tokens that it may read, a sentence each
 * @throws DinokitError `fingerprint-mismatch`, `contract-mismatch`
 */
export function assertFingerprint(who: string, own: Fingerprint, given: Fingerprint, options?: CompareOptions): readonly string[] {
  const { refused, notes } = compareFingerprints(own, given, 'read', options)
  const [different] = refused
  if (different === undefined) return notes
  throw new DinokitError(
    'fingerprint-mismatch',
    `${who} is for ${own.model}, and not for tokens whose ${different} is ${String(given[different])}.`,
    {
      given: `${different} ${String(given[different])}`,
      expected: `${different} ${String(own[different])}`,
      hint: 'Open the head on the model of the tokens, or --allow-precision.',
    },
  )
}
