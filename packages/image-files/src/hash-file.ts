import { DinokitError, isAbsent } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/**
 * sha256 of a file, hexadecimal.
 *
 * @throws DinokitError `file-not-found`, `file-unreadable`
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch (cause) {
    const missing = isAbsent(cause)
    throw missing
      ? new DinokitError('file-not-found', `There is no file ${path}.`, { given: path, cause })
      : new DinokitError('file-unreadable', `${path} can’t be read: ${String(cause)}.`, { given: path, cause })
  }
  return hash.digest('hex')
}
