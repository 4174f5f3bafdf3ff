import { DinokitError } from '@dinokit/core'
import type * as Queue from '@dinokit/queue'

/**
 * Loads the package that knows queues, which most installations lack.
 *
 * @throws DinokitError `invalid-option` where it is not installed
 */
export async function loadQueue(): Promise<typeof Queue> {
  process.env.LANCEDB_LOG ??= 'error'
  try {
    return await import('@dinokit/queue')
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new DinokitError('invalid-option', 'Queues need a package that is not installed.', {
      expected: '@dinokit/queue',
      hint: 'Install it beside the command: npm install @dinokit/cli @dinokit/queue.',
      cause,
    })
  }
}
