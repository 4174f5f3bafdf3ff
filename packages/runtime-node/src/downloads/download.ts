import { assertNotAborted, DinokitError } from '@dinokit/core'
import { downloadInto, type DownloadRequest } from '@dinokit/runtime-kit'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeError } from '../files/file-error.ts'
import { withLock } from '../files/with-lock.ts'
import { fetchByProxy } from './fetch-by-proxy.ts'
import type { FirstDownloadFile } from './first-download.ts'
import { createPartialFile } from './partial-file.ts'

/** A file to be fetched. */
export interface Download extends DownloadRequest {
  /** Where it is to be kept. */
  readonly path: string
  readonly first?: FirstDownloadFile
}

/**
 * Fetches a file into its place, unless it is there. What came so far is kept beside it and resumed; the file appears only
 * when it is whole and its size and digest are right. Two processes at once fetch it once.
 *
 * @throws DinokitError `file-not-found` for 404, `download-failed`, `download-corrupt`, `download-changed` where it is not what
 *   it was at first, `disk-full`, `file-unwritable`, `aborted`
 */
export async function download(request: Download): Promise<void> {
  const { path, signal, first, commit } = request
  if (await exists(path)) return
  await withLock(`${path}.lock`, signal, async () => {
    if (await exists(path)) return
    const file = createPartialFile(path, ({ size, sha256 }) =>
      // What the hub says of a file was checked already: there, a cache that can't be written to is no reason to fail.
      Promise.resolve(first?.keep({ size, sha256, commit })).catch((cause: unknown) => {
        if (commit === undefined) throw cause
      }),
    )
    try {
      await mkdir(dirname(path), { recursive: true })
      await downloadInto({ fetch: fetchUncompressed, ...request }, file)
    } catch (cause) {
      assertNotAborted(signal)
      throw DinokitError.is(cause) ? cause : writeError(path, cause)
    }
  })
}

/** Bytes as they are: a part of what travels compressed is of no use. */
const fetchUncompressed: typeof fetch = (input, init) =>
  fetchByProxy(input, { ...init, headers: { ...(init?.headers as Record<string, string>), 'accept-encoding': 'identity' } })

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}
