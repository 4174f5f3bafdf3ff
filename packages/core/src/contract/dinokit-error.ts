import { errorText, redact } from './error-text.ts'

/** Every code a {@link DinokitError} can carry. Codes are stable: they are never renamed, only added. */
export type DinokitErrorCode =
  | 'aborted'
  | 'disposed'
  | 'invalid-option'
  | 'image-unreadable'
  | 'image-unsupported'
  | 'image-too-large'
  | 'size-invalid'
  | 'model-unknown'
  | 'model-unsupported'
  | 'output-unavailable'
  | 'file-not-found'
  | 'file-unreadable'
  | 'file-unwritable'
  | 'disk-full'
  | 'checkpoint-invalid'
  | 'checkpoint-unsafe'
  | 'tensor-missing'
  | 'tensor-invalid'
  | 'download-failed'
  | 'download-corrupt'
  | 'download-changed'
  | 'offline'
  | 'session-failed'
  | 'device-unavailable'
  | 'device-lost'
  | 'bundled'
  | 'gradient-unavailable'
  | 'training-diverged'
  | 'out-of-memory'
  | 'contract-mismatch'
  | 'fingerprint-mismatch'
  | 'head-unknown'
  | 'head-failed'
  | 'label-invalid'
  | 'store-invalid'
  | 'store-locked'
  | 'run-locked'
  | 'busy'
  | 'not-allowed'
  | 'timed-out'
  | 'queue-unreachable'
  | 'storage-unsafe'
  | 'plan-unfinished'
  | 'internal'

/** Details of a {@link DinokitError} beside its message: what was given, what was expected, what to do. */
export interface DinokitErrorDetails {
  /** Value that was given: a path, a size, a value, as a person would recognize it. */
  readonly given?: string
  /** Value that was expected in its place. */
  readonly expected?: string
  /** Advice on what the reader can do about it. */
  readonly hint?: string
}

const BRAND: unique symbol = Symbol.for('dinokit.error')

/**
 * The one error that dinokit throws: a stable `code` for programs, a sentence for people, and details of what was
 * given, expected and can be done. The underlying error, where there is one, is `cause`.
 */
export class DinokitError extends Error {
  override readonly name = 'DinokitError'
  /** Stable, machine-readable kind of the error. */
  readonly code: DinokitErrorCode
  /** Details. */
  readonly details: DinokitErrorDetails

  /**
   * Makes an error; its message ends with what was given, what was expected and what to do. Access tokens and signed queries of
   * addresses are taken out.
   *
   * @param code - the stable kind
   * @param message - one sentence that says what is wrong
   * @param details - what was given, what was expected, what to do, and the cause
   */
  constructor(code: DinokitErrorCode, message: string, details: DinokitErrorDetails & { readonly cause?: unknown } = {}) {
    const { cause, ...rest } = details
    const shown: DinokitErrorDetails = Object.fromEntries(
      Object.entries(rest).map(([name, value]: [string, string | undefined]) => [name, value === undefined ? value : redact(value)]),
    )
    super(errorText(redact(message), shown), cause === undefined ? undefined : { cause })
    this.code = code
    this.details = shown
    Object.defineProperty(this, BRAND, { value: true })
  }

  /**
   * Whether a value is a DinokitError, of this or of another copy of the package.
   *
   * @param value - anything, typically what a `catch` received
   * @param code - where given, the code must be this one too
   */
  static is(value: unknown, code?: DinokitErrorCode): value is DinokitError {
    return (
      typeof value === 'object' && value !== null && BRAND in value && (code === undefined || (value as { code?: unknown }).code === code)
    )
  }
}
