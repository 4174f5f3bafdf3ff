/** What a run is, as plain data: where these differ, two runs are not the same. */
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
  const keys = Object.keys({ ...asked, ...saved }).filter((key) => JSON.stringify(asked[key]) !== JSON.stringify(saved[key]))
  if (keys.length === 0) return undefined
  const say = (of: RunDescription): string => keys.map((key) => `${key} ${JSON.stringify(of[key]) ?? 'none'}`).join(', ')
  return { keys, asked: say(asked), saved: say(saved) }
}
