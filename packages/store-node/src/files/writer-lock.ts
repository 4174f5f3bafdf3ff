import { DinokitError } from '@dinokit/core'
import { lockFile } from '@dinokit/file-lock'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { lanceError } from './lance-error.ts'

/**
 * Takes a folder for one writer. A writer that died holds nothing.
 *
 * @returns gives it back
 * @throws DinokitError `store-locked` where another writes, `file-unwritable`, `disk-full`
 */
export async function lockForWriting(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true })
    const lock = await lockFile(join(folder, '.writer'), { refuse: (holder) => locked(folder, holder) })
    return () => lock.release()
  } catch (cause) {
    throw lanceError(folder, cause, 'write')
  }
}

function locked(folder: string, holder: string): DinokitError {
  return new DinokitError('store-locked', `${folder} is being written by ${holder}.`, {
    given: folder,
    expected: 'one writer at a time',
    hint: 'Wait until it has ended. Reading is possible meanwhile.',
  })
}
