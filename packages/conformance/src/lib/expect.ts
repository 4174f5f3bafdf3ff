import { DinokitError, type DinokitErrorCode } from '@dinokit/core'

/** Ends a check where something does not hold. */
export function holds(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}

/** Ends a check where work does not fail with a DinokitError, of one of these codes where some are given. */
export async function refuses(work: () => unknown, what: string, ...codes: DinokitErrorCode[]): Promise<DinokitError> {
  let error: unknown
  try {
    await work()
  } catch (cause) {
    error = cause
  }
  holds(error !== undefined, `${what} must be refused, and was not.`)
  holds(
    DinokitError.is(error),
    `${what} must be refused by a DinokitError, not by ${error instanceof Error ? error.message : JSON.stringify(error)}.`,
  )
  holds(
    codes.length === 0 || codes.includes(error.code),
    `${what} must be refused by ${codes.join(' or ')}, not by ${error.code}: ${error.message}`,
  )
  return error
}

/** Whether two values are equal, typed arrays and objects by what they hold. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const [one, other] = [new Uint8Array(a.buffer, a.byteOffset, a.byteLength), new Uint8Array(b.buffer, b.byteOffset, b.byteLength)]
    return one.length === other.length && one.every((value, i) => value === other[i])
  }
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}
