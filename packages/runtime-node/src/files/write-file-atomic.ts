import { assertNotAborted, DinokitError } from '@dinokit/core'
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeError } from './file-error.ts'

/**
 * Writes a file so that it is there whole or not at all: beside its place first, then renamed. Its folder is made.
 *
 * @param path - of the file
 * @param chunks - its bytes in order
 * @param signal - cancels the writing
 * @throws DinokitError `disk-full`, `file-unwritable`, `aborted`, and what `chunks` throws
 */
export async function writeFileAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  // No process number: the first processes of two containers, and the threads of one process, share theirs.
  const temporary = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, 'w')
    try {
      for await (const chunk of chunks) {
        assertNotAborted(signal)
        for (let written = 0; written < chunk.byteLength;) written += (await file.write(chunk, written)).bytesWritten
      }
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw DinokitError.is(cause) ? cause : writeError(path, cause)
  }
}
