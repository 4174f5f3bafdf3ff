import type { DinokitError } from '@dinokit/core'

const USAGE: ReadonlySet<string> = new Set(['model-unknown', 'head-unknown', 'invalid-option', 'output-unavailable'])

/** Whether an error says that the command was given wrongly, rather than that something failed. */
export function isUsage(error: DinokitError): boolean {
  return USAGE.has(error.code)
}
