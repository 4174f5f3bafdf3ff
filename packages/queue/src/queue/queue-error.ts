import { DinokitError, systemErrorCode } from '@dinokit/core'
import type { QueueAddress } from './queue-address.ts'

const WRONG_CREDENTIALS =
  /WRONGPASS|NOAUTH|NOPERM|invalid username-password|password authentication failed|no password supplied|role .* does not exist|28P01|28000/i
const NO_DATABASE = /database .* does not exist|3D000|DB index is out of range/i
const NOT_ALLOWED = /permission denied for (?:schema|database)|42501/i

/** A failure of the queue's engine as a DinokitError. */
export function queueError({ shown, engine }: QueueAddress, cause: unknown): DinokitError {
  if (DinokitError.is(cause)) return cause
  const text = textOf(cause)
  const refused = (message: string, hint: string): DinokitError =>
    new DinokitError('queue-unreachable', message, { given: shown, hint: `${hint} Nothing was lost.`, cause })
  if (WRONG_CREDENTIALS.test(text))
    return refused(`The queue at ${shown} refuses this user or password.`, 'Give both in the address, as in redis://user:password@host.')
  if (NO_DATABASE.test(text))
    return refused(`The queue at ${shown} has no such database.`, 'Make it first, or name another in the address.')
  if (NOT_ALLOWED.test(text))
    return refused(`The queue at ${shown} does not let this user make its tables.`, 'Allow it to create the schema bullmq, once.')
  return refused(
    `The queue at ${shown} can’t be reached: ${systemErrorCode(cause) ?? text.split('\n')[0]!}.`,
    engine === 'redis' ? 'Start Redis or Valkey, or correct the address.' : 'Start PostgreSQL, or correct the address.',
  )
}

/** Whether a failure is the queue's, which does not answer: the work under way is done again, and nothing is wrong with it. */
export function isConnectionLost(cause: unknown): boolean {
  if (DinokitError.is(cause)) return false
  return /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|57P0\d|\b08\d{3}\b|connection (?:is |was )?(?:closed|terminated|error)|connection timeout|terminating connection|LOADING/i.test(
    textOf(cause),
  )
}

/** Whether a failure says that a job is another worker's by now: what is told to whoever works on it. */
export function isJobLost(cause: unknown): boolean {
  return /could not renew lock|Missing (?:lock|key) for job|Lock mismatch|is not in the active state/i.test(textOf(cause))
}

/** Whether a failure is that of a server which has not read what it had written yet. */
export function isStarting(cause: unknown): boolean {
  return /LOADING|57P03|starting up|recovery mode/i.test(textOf(cause))
}

function textOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(textOf).join('; ')
  return cause instanceof Error ? `${cause.message} ${(cause as { code?: string }).code ?? ''}` : String(cause)
}
