import { CARD_VERSION } from '../cards/model-card-text.ts'
import type { Fingerprint } from '../contract/fingerprint.ts'
import { parseFingerprint } from './parse-fingerprint.ts'

/**
 * Use of two sets of tokens together. `mix`: one store, one search, one training run, where each number is compared
 * with the others. `read`: a head made for the one reads the other, where images may have another size and cut.
 */
export type FingerprintUse = 'mix' | 'read'

/** A part in which fingerprints may differ. */
export type FingerprintField = Exclude<keyof Fingerprint, 'version' | 'rounded'>

/** Result of {@link compareFingerprints}: compatible where nothing is refused. */
export interface FingerprintComparison {
  /** All parts that differ. */
  readonly differences: readonly FingerprintField[]
  /** Those for which the tokens must not be used together. */
  readonly refused: readonly FingerprintField[]
  /** Notes on those that are compatible all the same, a sentence each. */
  readonly notes: readonly string[]
}

/** `true`: compatible; `false`: refused; text: compatible, with this note. */
type Verdict = boolean | string
type Rule = (own: Fingerprint, given: Fingerprint, use: FingerprintUse, options: CompareOptions) => Verdict

/** Options of {@link compareFingerprints}. */
export interface CompareOptions {
  /** Whether tokens computed in 8 bits, or with weights in 8 or 4 bits, count as those of float32. Default false. */
  readonly allowPrecision?: boolean | undefined
}

/** Precisions of one network that differ by rounding alone. */
const FLOATS = ['float32', 'float16', 'bfloat16']

/**
 * The table: what becomes of two fingerprints that differ in a part. Docs: docs/stability.md. A model's name counts only where the
 * network is not known: weights and network are what it stood for.
 */
const RULES: Readonly<Record<FingerprintField, Rule>> = {
  model: (own, given) => own.network !== undefined && given.network !== undefined,
  weights: (own, given) => isRounded(own, given) && 'The weights of one are the other’s, rounded to 16 bits.',
  network: (own, given) =>
    (own.network === undefined || given.network === undefined) &&
    own.model === given.model &&
    'An earlier dinokit made some of these tokens: their heads and epsilon are unknown.',
  precision: (own, given, _, { allowPrecision }) =>
    (FLOATS.includes(own.precision) && FLOATS.includes(given.precision)) || allowPrecision
      ? `The tokens were computed in ${given.precision}, the others in ${own.precision}.`
      : false,
  preprocessing: (own, given, use) => use === 'read' && colors(own) === colors(given),
  resampler: (own, given, use) =>
    use === 'read' && `The images were resized as ${given.resampler} does, the others as ${own.resampler} does.`,
  interpolation: (own, given, use) =>
    use === 'read' && `Positions were resampled by ${given.interpolation}, the others by ${own.interpolation}.`,
  pooling: () => false,
  card: (own, given) => Math.max(own.card, given.card) <= CARD_VERSION,
}

const FIELDS = Object.keys(RULES) as FingerprintField[]

/**
 * Says whether tokens of two fingerprints may be used together: the one place where that is decided.
 *
 * @param own - what is there
 * @param given - what is to join it
 * @param use - in what
 * @param options - exceptions that the user allows
 * @throws DinokitError `contract-mismatch` for a fingerprint of a newer dinokit, `checkpoint-invalid` for what is none
 */
export function compareFingerprints(
  own: Fingerprint,
  given: Fingerprint,
  use: FingerprintUse,
  options: CompareOptions = {},
): FingerprintComparison {
  const [a, b] = [parseFingerprint('What is there', own), parseFingerprint('What is to join it', given)]
  const differences = FIELDS.filter((field) => a[field] !== b[field])
  const verdicts = differences.map((field) => ({ field, verdict: RULES[field](a, b, use, options) }))
  return {
    differences,
    refused: verdicts.flatMap(({ field, verdict }) => (verdict === false ? [field] : [])),
    notes: verdicts.flatMap(({ verdict }) => (typeof verdict === 'string' ? [verdict] : [])),
  }
}

/** Whether the weights of one are the other's, rounded: rounding twice changes nothing, so its digest is among them. */
function isRounded(own: Fingerprint, given: Fingerprint): boolean {
  const roundedTo = (from: Fingerprint, to: Fingerprint): boolean =>
    from.rounded !== undefined && [from.rounded.float16, from.rounded.bfloat16].includes(to.weights)
  return roundedTo(own, given) || roundedTo(given, own)
}

/** The part of a preprocessing's id that says what the network's numbers mean: mean and std. */
function colors({ preprocessing }: Fingerprint): string {
  return preprocessing.slice(Math.max(0, preprocessing.indexOf('mean')))
}
