import { compareFingerprints, DinokitError, parseFingerprint, type CompareOptions, type Fingerprint, type InputSize } from '@dinokit/core'

/** The version of what stores keep. A store of a later one is refused; one of an earlier one is read, and migrated before it is written. */
export const STORE_VERSION = 2

/**
 * Layout of a store, fixed when it is made. Plain data, safe to keep as JSON.
 *
 * The names of tensors are those of token files: `cls` [dim], `patches` [rows][columns][dim], `layer3.cls` [dim],
 * `layer3.patches` [rows][columns][dim], `attention12` [heads][tokens][tokens]; and `patchMean` and `layer3.patchMean` [dim],
 * the mean of the patches, which linear classifiers use beside CLS; and `layer12.classAttention` [heads][rows][columns], what
 * the class token of layer 12 attends to among the patches, where 1 is even attention;
 * and `embedding`, where the model's card has another vector than the class token to stand for an image. With `mirrored.` before it, a name is that of the mirrored image.
 */
export interface StoreLayout {
  readonly version: number
  /** Fingerprint of the tokens. Tokens of another model are refused. */
  readonly fingerprint: Fingerprint
  /** The model’s input. The fingerprint says it too; this is to open the model by. */
  readonly size: InputSize
  /** Number format of the tensors. float16 halves the space; values beyond 65,504 are refused. */
  readonly dtype: 'float32' | 'float16'
  /** The shape that each named tensor has for one image. `cls` is always there. */
  readonly tensors: Readonly<Record<string, readonly number[]>>
}

/**
 * The tensor whose cosine decides which rows are near: `embedding` where the store keeps one, else `cls`.
 *
 * @param layout - of the store
 */
export function searchedTensor({ tensors }: Pick<StoreLayout, 'tensors'>): 'embedding' | 'cls' {
  return 'embedding' in tensors ? 'embedding' : 'cls'
}

/** The number of elements of a shape. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/**
 * Bytes that tensors of one image take in memory, as float32.
 *
 * @param layout - of the store
 * @param names - of the tensors; default: all
 */
export function bytesPerRow({ tensors }: StoreLayout, names: readonly string[] = Object.keys(tensors)): number {
  return 4 * names.reduce((sum, name) => sum + countElements(tensors[name] ?? []), 0)
}

/**
 * Reads the layout that a store or an exported file carries.
 *
 * @param name - of the store, for messages
 * @param text - JSON
 * @throws DinokitError `store-invalid` where it is none, `contract-mismatch` where a newer dinokit wrote it
 */
export function parseLayout(name: string, text: string | undefined): StoreLayout {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch (cause) {
    throw notAStore(name, cause)
  }
  if (!isLayout(value)) throw notAStore(name)
  if (value.version > STORE_VERSION)
    throw new DinokitError('contract-mismatch', `${name} was written by a newer dinokit.`, {
      given: `a store of version ${value.version}`,
      expected: `version ${STORE_VERSION}`,
      hint: 'Update dinokit. Nothing was changed.',
    })
  return { ...value, fingerprint: parseFingerprint(name, value.fingerprint) }
}

/**
 * The layout of a store that is made now: what was wanted, in today's version.
 *
 * @param name - of the store, for messages
 * @param wanted - such as an exported file's, which may be of an earlier version
 * @throws DinokitError `store-invalid`, `contract-mismatch` where it is of a later one
 */
export function layoutToMake(name: string, wanted: StoreLayout): StoreLayout {
  return { ...parseLayout(name, JSON.stringify(wanted)), version: STORE_VERSION }
}

/**
 * Refuses to mix: what is in a store must have come from one model and hold the same tensors.
 *
 * @param name - of the store, for messages
 * @param layout - the store's own
 * @param wanted - of the tokens that are to go in, or come out
 * @param options - exceptions that the user allows
 * @throws DinokitError `fingerprint-mismatch` with the parts that differ, `invalid-option` where other tensors are held
 */
export function assertSameLayout(name: string, layout: StoreLayout, wanted: StoreLayout, options?: CompareOptions): void {
  assertSameFingerprint(name, layout.fingerprint, wanted.fingerprint, options)
  const [held, given] = [describeTensors(layout), describeTensors(wanted)]
  if (held === given) return
  throw new DinokitError('invalid-option', `${name} holds other tensors.`, {
    given,
    expected: held,
    hint: 'Ask for the same outputs, or make another store.',
  })
}

/**
 * Refuses tokens that must not be mixed with a store's: see `compareFingerprints`.
 *
 * @param name - of the store, for messages
 * @param own - the store's fingerprint
 * @param other - of the tokens
 * @param options - exceptions that the user allows
 * @returns what is to be said of tokens that may be mixed with them, a sentence each
 * @throws DinokitError `fingerprint-mismatch` with the parts that differ, `contract-mismatch`
 */
export function assertSameFingerprint(name: string, own: Fingerprint, other: Fingerprint, options?: CompareOptions): readonly string[] {
  const { refused, differences, notes } = compareFingerprints(own, other, 'mix', options)
  if (refused.length === 0) return notes
  const say = (of: Fingerprint): string => differences.map((part) => `${part} ${of[part] ?? 'unknown'}`).join(', ')
  throw new DinokitError('fingerprint-mismatch', `${name} belongs to another model: these tokens have ${say(other)}.`, {
    given: say(other),
    expected: say(own),
    hint: refused.every((part) => part === 'precision')
      ? 'Take the store’s precision, or allow another by allowPrecision or --allow-precision.'
      : 'Use the store’s own model and size, or make another store.',
  })
}

function describeTensors({ dtype, tensors }: StoreLayout): string {
  const parts = Object.entries(tensors).map(([name, shape]) => `${name} [${shape.join('][')}]`)
  return `${parts.sort().join(', ')} as ${dtype}`
}

function isLayout(value: unknown): value is StoreLayout {
  if (typeof value !== 'object' || value === null) return false
  const { version, fingerprint, dtype, tensors } = value as Record<string, unknown>
  if (typeof version !== 'number') return false
  if (version > STORE_VERSION) return true
  return (
    typeof fingerprint === 'object' &&
    fingerprint !== null &&
    (dtype === 'float32' || dtype === 'float16') &&
    typeof tensors === 'object' &&
    tensors !== null &&
    Object.values(tensors).every((shape) => Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length > 0)) &&
    Array.isArray((tensors as Record<string, unknown>).cls)
  )
}

function notAStore(name: string, cause?: unknown): DinokitError {
  return new DinokitError('store-invalid', `${name} is not a store of dinokit, or it is damaged.`, {
    given: name,
    expected: 'a store that dinokit made',
    ...(cause !== undefined && { cause }),
  })
}
