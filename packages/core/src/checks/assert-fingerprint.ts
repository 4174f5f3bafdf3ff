import { DinokitError } from '../contract/dinokit-error.ts'
import { fingerprintDifferences, type Fingerprint } from '../contract/fingerprint.ts'

/**
 * Refuses tokens that another model made, or that were made in another way. How large the image was and how it was
 * cropped may differ: a head serves every size; mean and standard deviation must be its own.
 *
 * @param who - the head, for the message
 * @param own - what the head is for
 * @param given - what the tokens were made by
 * @throws DinokitError `fingerprint-mismatch`
 */
export function assertFingerprint(who: string, own: Fingerprint, given: Fingerprint): void {
  const [different] = fingerprintDifferences(
    { ...own, preprocessing: colors(own.preprocessing) },
    { ...given, preprocessing: colors(given.preprocessing) },
  )
  if (!different) return
  throw new DinokitError(
    'fingerprint-mismatch',
    `${who} is for ${own.model}, and not for tokens whose ${different} is ${given[different]}.`,
    {
      given: `${different} ${given[different]}`,
      expected: `${different} ${own[different]}`,
      hint: 'Make the tokens by the model that the head was opened on, or open the head on theirs.',
    },
  )
}

/** The part of a preprocessing's id that says what the network's numbers mean: mean and std. */
function colors(id: string): string {
  return id.slice(Math.max(0, id.indexOf('mean')))
}
