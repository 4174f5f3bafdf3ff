import { DinokitError, isAbsent, systemErrorCode } from '@dinokit/core'

/** A failure to read a file, as a DinokitError. */
export function fileError(path: string, cause: unknown): DinokitError {
  const code = systemErrorCode(cause)
  if (isAbsent(cause)) return new DinokitError('file-not-found', `There is no file ${path}.`, { given: path, cause })
  const reason =
    code === 'EISDIR'
      ? 'it is a folder'
      : code === 'EACCES' || code === 'EPERM'
        ? 'permission is denied'
        : code === 'ELOOP'
          ? 'its links lead in a circle'
          : String(code ?? cause)
  return new DinokitError('file-unreadable', `${path} can’t be read: ${reason}.`, {
    given: path,
    expected: 'a file that can be read',
    cause,
  })
}

/** A failure to write a file, as a DinokitError. */
export function writeError(path: string, cause: unknown): DinokitError {
  const code = systemErrorCode(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DinokitError('disk-full', `The disk is full: ${path} could not be written.`, {
      given: path,
      hint: 'Free some space, or choose another disk.',
      cause,
    })
  }
  return new DinokitError('file-unwritable', `${path} could not be written: ${code ?? String(cause)}.`, {
    given: path,
    hint: 'Choose a folder that can be written to.',
    cause,
  })
}
