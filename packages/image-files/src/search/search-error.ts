import { DinokitError, systemErrorCode } from '@dinokit/core'

/** A failure to look into a folder, as a DinokitError. */
export function folderError(path: string, cause: unknown): DinokitError {
  return new DinokitError('file-unreadable', `The folder ${path} can’t be looked into: ${reasonOf(cause)}.`, {
    given: path,
    expected: 'a folder whose permissions let its files be listed',
    cause,
  })
}

/** A failure to look at a file, as a DinokitError. */
export function fileError(path: string, cause: unknown): DinokitError {
  const code = systemErrorCode(cause)
  if (code === 'ENOENT' && path.includes('\uFFFD')) {
    return new DinokitError('file-unreadable', `The name of ${path} is no valid UTF-8.`, {
      given: path,
      expected: 'names in UTF-8',
      hint: 'Rename the file.',
      cause,
    })
  }
  if (code === 'ENOENT') return new DinokitError('file-not-found', `${path} is a link to nothing.`, { given: path, cause })
  return new DinokitError('file-unreadable', `${path} can’t be read: ${reasonOf(cause)}.`, { given: path, cause })
}

/** Why the system refuses, in words. */
export function reasonOf(cause: unknown): string {
  const code = systemErrorCode(cause)
  if (code === 'EACCES' || code === 'EPERM') return 'permission is denied'
  if (code === 'ENOENT') return 'it is not there'
  return code === 'ELOOP' ? 'its links lead in a circle' : String(code ?? cause)
}
