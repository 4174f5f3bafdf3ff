import { compareFingerprints, type Fingerprint } from '@dinokit/core'

/** Description of a run as plain data: where these differ, two runs are not the same. */
export type RunDescription = Readonly<Record<string, unknown>>

/** In what two runs differ. */
export interface RunDifference {
  readonly keys: readonly string[]
  /** Their values, in words. */
  readonly asked: string
  readonly saved: string
}

/**
 * In what the run that is asked for differs from the one that was begun.
 *
 * @returns undefined where they are the same
 */
export function runDifference(asked: RunDescription, saved: RunDescription): RunDifference | undefined {
  const keys = Object.keys({ ...asked, ...saved }).filter((key) => !isSame(key, asked[key], saved[key]))
  if (keys.length === 0) return undefined
  const say = (of: RunDescription): string => keys.map((key) => `${key} ${JSON.stringify(of[key]) ?? 'none'}`).join(', ')
  return { keys, asked: say(asked), saved: say(saved) }
}

/** Keys under which a run keeps what made tokens: two fingerprints are the same where their tokens may be mixed. */
const FINGERPRINTS = ['fingerprint', 'teacher']

function isSame(key: string, asked: unknown, saved: unknown): boolean {
  if (JSON.stringify(asked) === JSON.stringify(saved)) return true
  if (!FINGERPRINTS.includes(key) || typeof asked !== 'object' || typeof saved !== 'object' || !asked || !saved) return false
  // An early run kept parts of it: those are compared.
  const whole = (of: object): Fingerprint => ({ ...asked, rounded: undefined, ...of }) as unknown as Fingerprint
  return compareFingerprints(whole(saved), whole(asked), 'mix').refused.length === 0
}
