import { MODEL_CARDS } from '../cards/model-registry.ts'
import { networkId } from '../cards/network-id.ts'
import { DinokitError } from '../contract/dinokit-error.ts'
import { FINGERPRINT_VERSION, type Fingerprint } from '../contract/fingerprint.ts'
import { assertNotNewer } from './assert-not-newer.ts'

/** Keys of every version. */
const TEXTS = ['model', 'weights', 'precision', 'preprocessing', 'interpolation'] as const satisfies (keyof Fingerprint)[]
/** Keys that version 2 adds. */
const NEWER_TEXTS = ['resampler', 'pooling'] as const satisfies (keyof Fingerprint)[]

/**
 * Reads a fingerprint that a file carries, of this version or an earlier one. Version 1 had one resampler and one pooling; heads,
 * epsilon and activation are known where its model is one that dinokit knows by name.
 *
 * @param name - of the file, for messages
 * @param value - as parsed from JSON
 * @throws DinokitError `checkpoint-invalid` where it is none, `contract-mismatch` where a newer dinokit wrote it
 */
export function parseFingerprint(name: string, value: unknown): Fingerprint {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const { version = 1 } = said
  if (typeof version === 'number') assertNotNewer(name, version, FINGERPRINT_VERSION)
  const texts = version === FINGERPRINT_VERSION ? [...TEXTS, ...NEWER_TEXTS] : TEXTS
  const missing = texts.find((field) => typeof said[field] !== 'string')
  if (missing !== undefined || (version !== 1 && version !== FINGERPRINT_VERSION)) {
    throw new DinokitError('checkpoint-invalid', `${name} has a fingerprint that is not one: it has no ${missing ?? 'known version'}.`, {
      given: (JSON.stringify(value) ?? 'nothing').slice(0, 80),
      expected: `a fingerprint with ${texts.join(', ')}`,
      hint: 'The file may be damaged.',
    })
  }
  return version === 1 ? fromVersion1(said as unknown as Fingerprint) : (said as unknown as Fingerprint)
}

function fromVersion1({ model, weights, precision, preprocessing, interpolation }: Fingerprint): Fingerprint {
  const known = MODEL_CARDS.find(({ id }) => id === model)
  return {
    version: FINGERPRINT_VERSION,
    model,
    weights,
    ...(known && { network: networkId(known) }),
    precision,
    preprocessing,
    resampler: 'pillow',
    interpolation,
    pooling: 'cls',
    card: 1,
  }
}
