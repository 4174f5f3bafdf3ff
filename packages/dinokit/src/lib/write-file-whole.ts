import { DinokitError } from '@dinokit/core'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file so that it is there whole or not at all: beside its place first, then renamed.
 *
 * @throws DinokitError `disk-full`, `file-unwritable`, `aborted`, and what `chunks` throws
 */
export async function writeFileWhole(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  const temporary = `${path}.${process.pid}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, 'w')
    try {
      for await (const chunk of chunks) {
        if (signal?.aborted) throw new DinokitError('aborted', 'The work was cancelled.', { cause: signal.reason })
        for (let written = 0; written < chunk.byteLength; ) written += (await file.write(chunk, written)).bytesWritten
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

function writeError(path: string, cause: unknown): DinokitError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new DinokitError(full ? 'disk-full' : 'file-unwritable', full ? `The disk is full: ${path} could not be written.` : `${path} could not be written: ${String(code ?? cause)}.`, {
    given: path,
    hint: full ? 'Free some space, or choose another disk.' : 'Choose a place that can be written to.',
    cause,
  })
}
