/** Version of fingerprints. Version 1 did not say its version, nor what is optional in it (see `parseFingerprint`). */
export const FINGERPRINT_VERSION = 2

/**
 * What made a set of tokens. Which fingerprints fit each other is decided in one place, `compareFingerprints`. Plain data, safe
 * to keep as JSON.
 */
export interface Fingerprint {
  readonly version: typeof FINGERPRINT_VERSION
  /** The card's id. */
  readonly model: string
  /** Digest of the weights (see the backbone that computed it), hexadecimal. */
  readonly weights: string
  /** The digests that these weights have once they are rounded to 16 bits: by them a 16-bit copy is recognized. */
  readonly rounded?: RoundedDigests
  /**
   * What the card says of the network and the weights' names and shapes don't, such as `heads6-eps1e-6-gelu-grid37x37`. Undefined
   * where it is not known: version 1 did not say it.
   */
  readonly network?: string
  /** What the network computed in, such as `float32`. */
  readonly precision: string
  /** How images were prepared, such as `shortest256-crop224-bicubic`. */
  readonly preprocessing: string
  /** Whose resampling resized the images. */
  readonly resampler: string
  /** How positions were resampled. */
  readonly interpolation: string
  /** What an image's one vector is: `cls`, the class token. */
  readonly pooling: string
  /** Version of the card's format, by which the card was understood. */
  readonly card: number
}

/** Digests of weights that were rounded, hexadecimal. */
export interface RoundedDigests {
  readonly float16: string
  readonly bfloat16: string
}
