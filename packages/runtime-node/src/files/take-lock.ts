import { DinokitError } from '@dinokit/core'
import { lockFile, type FileLock, type FileLockOptions } from '@dinokit/file-lock'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeError } from './file-error.ts'

/**
 * Takes a lock that is a file; its folder is made.
 *
 * @param path - of the file
 * @param options - cancellation, and whether to wait
 * @throws DinokitError `file-unwritable`, `disk-full`, `aborted`, and what `refuse` makes
 */
export async function takeLock(path: string, options: FileLockOptions = {}): Promise<FileLock> {
  try {
    await mkdir(dirname(path), { recursive: true })
    return await lockFile(path, options)
  } catch (cause) {
    throw DinokitError.is(cause) ? cause : writeError(path, cause)
  }
}
