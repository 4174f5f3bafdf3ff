import { DinokitError } from '@dinokit/core'
import { lackingPermission, type Denial, type Doing } from './lacking-permission.ts'

/**
 * A failure of LanceDB or of the file system as a DinokitError. LanceDB's errors have no codes: the system's own words in
 * them decide.
 */
export function lanceError(name: string, cause: unknown, doing: Doing): DinokitError {
  if (DinokitError.is(cause)) return cause
  const text = textOf(cause)
  if (/os error 28|no space left|ENOSPC|os error 122|quota/i.test(text))
    return new DinokitError('disk-full', `The disk is full: ${name} could not be written.`, {
      given: name,
      hint: 'What was kept before is safe. Free some space and go on.',
      cause,
    })
  if (isDenied(cause)) return denied(name, cause, doing, undefined)
  if (doing === 'write')
    return new DinokitError('file-unwritable', `${name} could not be written: ${firstLine(text)}.`, { given: name, cause })
  return new DinokitError('store-invalid', `${name} can’t be read: ${firstLine(text)}.`, {
    given: name,
    expected: 'a store that dinokit made',
    hint: 'It may be damaged: restore it, or index the images again.',
    cause,
  })
}

/**
 * Explains an error like {@link lanceError}; where permission is lacking, it says to what.
 *
 * @param folder - of the store; undefined on object storage
 */
export async function explainLanceError(name: string, folder: string | undefined, cause: unknown, doing: Doing): Promise<DinokitError> {
  const [own, inner] = DinokitError.is(cause) ? [cause.code === 'file-unwritable', cause.cause] : [true, cause]
  if (folder === undefined || !own || !isDenied(inner)) return lanceError(name, cause, doing)
  return denied(name, inner, doing, await lackingPermission(folder, doing))
}

function isDenied(cause: unknown): boolean {
  return /os error (?:13|30)\b|permission denied|read-only file|EACCES|EPERM|EROFS|ENOTDIR|os error (?:20|2)\b.*creat|unable to create/i.test(
    textOf(cause),
  )
}

function denied(name: string, cause: unknown, doing: Doing, denial: Denial | undefined): DinokitError {
  const [code, done] = doing === 'read' ? (['file-unreadable', 'read'] as const) : (['file-unwritable', 'written'] as const)
  if (!denial)
    return new DinokitError(code, `${name} can’t be ${done}: permission is denied, or it is no folder.`, {
      given: name,
      hint: doing === 'read' ? 'Ask its owner for permission to read it.' : 'Choose a folder that can be written to.',
      cause,
    })
  const { path, needed, mode, owner } = denial
  return new DinokitError(code, `${name} can’t be ${done}: this user may not ${needed} ${path} (mode ${mode}, owned by user ${owner}).`, {
    given: path,
    hint:
      doing === 'read'
        ? `Its owner can allow it: chmod -R a+rX '${name}' (g+rX for the owner’s group alone). What is written later follows the store’s folder.`
        : `Its owner can allow it: chmod -R g+rwX '${name}', for the owner’s group. Or choose another folder.`,
    cause,
  })
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function firstLine(text: string): string {
  return text.split(/\n|, \/|\s{2,}/)[0]!.slice(0, 200)
}
