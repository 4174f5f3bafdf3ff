import { DinokitError } from '@dinokit/core'

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
