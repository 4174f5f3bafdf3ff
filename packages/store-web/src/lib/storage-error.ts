import { DinokitError } from '@dinokit/core'

/** A failure of the browser's storage as a DinokitError. */
export function storageError(name: string, cause: unknown): DinokitError {
  if (DinokitError.is(cause)) return cause
  const kind = cause instanceof DOMException ? cause.name : ''
  if (kind === 'QuotaExceededError')
    return new DinokitError('disk-full', `The browser’s storage is full: ${name} could not be written.`, {
      given: name,
      hint: 'What was kept before is safe. Allow this site more storage, or free some disk.',
      cause,
    })
  if (kind === 'NoModificationAllowedError')
    return new DinokitError('store-locked', `The store ${name} is open in another tab or worker.`, {
      given: name,
      expected: 'one writer, or readers alone',
      hint: 'Close it there first.',
      cause,
    })
  if (kind === 'NotFoundError')
    return new DinokitError('file-not-found', `There is no store ${name} in this browser.`, {
      given: name,
      expected: 'a store that was made on this site before',
      cause,
    })
  return new DinokitError('file-unwritable', `The browser’s storage failed: ${name} can’t be used.`, {
    given: String(cause),
    hint: 'Serve the page by https (or from localhost), outside of private windows, in a browser with a private file system (OPFS).',
    cause,
  })
}
