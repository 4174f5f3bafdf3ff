import { assertRange, DinokitError, type ByteSource } from '@dinokit/core'
import { open } from 'node:fs/promises'
import { fileError } from './file-error.ts'

/**
 * A file on disk as a byte source: read at any offset, never whole.
 *
 * @throws DinokitError `file-not-found`, `file-unreadable`
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw fileError(path, cause)
  })
  const stats = await file.stat()
  if (!stats.isFile()) {
    await file.close()
    throw new DinokitError('file-unreadable', `${path} is not a file.`, { given: path, expected: 'a file' })
  }
  const { size } = stats
  let closing: Promise<void> | undefined
  return {
    name: path,
    size,
    async read(offset, length) {
      assertRange(path, size, offset, length)
      if (closing) throw new DinokitError('disposed', `${path} was closed.`)
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length;) {
        const { bytesRead } = await file.read(bytes, done, Math.min(length - done, LONGEST_READ), offset + done).catch((cause: unknown) => {
          throw fileError(path, cause)
        })
        if (bytesRead === 0)
          throw new DinokitError('file-unreadable', `${path} ended while it was read.`, {
            given: `${offset + done} bytes`,
            expected: `${size} bytes`,
          })
        done += bytesRead
      }
      return bytes
    },
    close: () => (closing ??= file.close()),
  }
}

/** Longest single read that every platform takes. */
const LONGEST_READ = 1 << 30
