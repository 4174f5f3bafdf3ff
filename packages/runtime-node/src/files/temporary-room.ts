import { DinokitError, type OnnxModel, systemErrorCode } from '@dinokit/core'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

/**
 * Looks that the folder for temporary files has room for a copy of a model, before anything is written.
 *
 * @param model - that is to be copied
 * @throws DinokitError `disk-full`, `file-unwritable`, with the bytes that are needed
 */
export async function assertTemporaryRoom(model: OnnxModel): Promise<void> {
  const needed = bytesOf(model)
  const { bavail, bsize, blocks } = await statfs(tmpdir()).catch((cause: unknown) => {
    throw temporaryError(model, cause)
  })
  // Some file systems do not say how much they hold.
  if (blocks === 0 || bavail * bsize >= needed) return
  throw noRoom(needed, `${bavail * bsize} bytes free`)
}

/** A failure to write a copy of a model into the folder for temporary files, with the bytes that are needed. */
export function temporaryError(model: OnnxModel, cause: unknown): DinokitError {
  if (DinokitError.is(cause)) return cause
  const code = systemErrorCode(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') return noRoom(bytesOf(model), `${code} while it was written`, cause)
  const reason =
    code === 'ENOENT'
      ? 'is not there'
      : code === 'EROFS'
        ? 'is on a disk that is only read'
        : code === 'EACCES' || code === 'EPERM'
          ? 'may not be written to by this user'
          : `could not be written to: ${code ?? String(cause)}`
  return new DinokitError('file-unwritable', `The folder for temporary files, ${tmpdir()}, ${reason}; the model needs a copy in it.`, {
    given: tmpdir(),
    ...place(bytesOf(model)),
    cause,
  })
}

function bytesOf({ graph, weights }: OnnxModel): number {
  return graph.byteLength + (weights?.byteLength ?? 0)
}

function noRoom(needed: number, given: string, cause?: unknown): DinokitError {
  return new DinokitError('disk-full', `The folder for temporary files, ${tmpdir()}, has no room for a copy of the model.`, {
    given,
    ...place(needed),
    ...(cause !== undefined && { cause }),
  })
}

function place(needed: number): { readonly expected: string; readonly hint: string } {
  return {
    expected: `a folder with room for ${needed} bytes, while the session opens`,
    hint: process.platform === 'win32' ? 'Set TEMP to such a folder.' : 'Set TMPDIR to such a folder.',
  }
}
