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

/**
 * Refuses a store in a bucket, which many workers don't fill yet.
 *
 * @param store - as it was given
 * @throws DinokitError `invalid-option`
 */
export function assertFolder(store: string): void {
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(store)) return
  throw new DinokitError('invalid-option', 'Many workers fill stores in folders only.', {
    given: store,
    expected: 'a folder that all workers share',
    hint: 'A store in a bucket is filled by one `dinokit index` without --queue.',
  })
}
