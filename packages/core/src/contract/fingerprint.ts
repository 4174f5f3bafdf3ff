/** Version of fingerprints. Version 1 did not say its version, nor what is optional in it (see `parseFingerprint`). */
export const FINGERPRINT_VERSION = 2

/**
 * Record of what made a set of tokens. Which fingerprints fit each other is decided in one place, `compareFingerprints`. Plain data, safe
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
   * Parts of the card that the weights' names and shapes don't tell, such as `heads6-eps1e-6-gelu-grid37x37`. Undefined
   * where it is not known: version 1 did not say it.
   */
  readonly network?: string
  /** Number format of the network's computation, such as `float32`. */
  readonly precision: string
  /** Preprocessing of the images, such as `shortest256-crop224-bicubic`. */
  readonly preprocessing: string
  /** Whose resampling resized the images. */
  readonly resampler: string
  /** Method by which positions were resampled. */
  readonly interpolation: string
  /** Kind of an image's one vector, `tokens.embedding`: `cls`, the class token; `mean`, that of the patches; `class-and-mean`. */
  readonly pooling: string
  /** Version of the card's format, by which the card was understood. */
  readonly card: number
}

/** Digests of weights that were rounded, hexadecimal. */
export interface RoundedDigests {
  readonly float16: string
  readonly bfloat16: string
}
