/**
 * What made a set of tokens. Tokens of unequal fingerprints must not be mixed: a head or a store refuses what is not
 * its own. Plain data, safe to keep as JSON.
 */
export interface Fingerprint {
  /** The card's id. */
  readonly model: string
  /** Digest of the weights (see the backbone that computed it), hexadecimal. */
  readonly weights: string
  /** What the network computed in, such as `float32`. */
  readonly precision: string
  /** How images were prepared, such as `shortest256-crop224-bicubic`. */
  readonly preprocessing: string
  /** How positions were resampled. */
  readonly interpolation: string
}

/**
 * The parts in which two fingerprints differ; none where tokens of both may be mixed.
 *
 * @param a - one fingerprint
 * @param b - the other
 */
export function fingerprintDifferences(a: Fingerprint, b: Fingerprint): (keyof Fingerprint)[] {
  return FIELDS.filter((field) => a[field] !== b[field])
}

const FIELDS = ['model', 'weights', 'precision', 'preprocessing', 'interpolation'] as const satisfies (keyof Fingerprint)[]
