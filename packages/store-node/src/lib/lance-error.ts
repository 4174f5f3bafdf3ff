import { DinokitError } from '@dinokit/core'

/**
 * A failure of LanceDB or of the file system as a DinokitError. LanceDB's errors have no codes: the system's own words in
 * them decide.
 */
export function lanceError(name: string, cause: unknown, doing: 'read' | 'write'): DinokitError {
  if (DinokitError.is(cause)) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/os error 28|no space left|ENOSPC|os error 122|quota/i.test(text))
    return new DinokitError('disk-full', `The disk is full: ${name} could not be written.`, {
      given: name,
      hint: 'What was kept before is safe. Free some space and go on.',
      cause,
    })
  if (/os error (?:13|30)\b|permission denied|read-only file|EACCES|EROFS|ENOTDIR|os error (?:20|2)\b.*creat|unable to create/i.test(text))
    return new DinokitError(
      'file-unwritable',
      `${name} can’t be ${doing === 'read' ? 'read' : 'written'}: permission is denied, or it is no folder.`,
      {
        given: name,
        hint: 'Choose a folder that can be written to.',
        cause,
      },
    )
  if (doing === 'write')
    return new DinokitError('file-unwritable', `${name} could not be written: ${firstLine(text)}.`, { given: name, cause })
  return new DinokitError('store-invalid', `${name} can’t be read: ${firstLine(text)}.`, {
    given: name,
    expected: 'a store that dinokit made',
    hint: 'It may be damaged: restore it, or index the pictures again.',
    cause,
  })
}

function firstLine(text: string): string {
  return text.split(/\n|, \/|\s{2,}/)[0]!.slice(0, 200)
}
