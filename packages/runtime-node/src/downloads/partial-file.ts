import { assertNotAborted, DinokitError } from '@dinokit/core'
import type { Found, PartialFile } from '@dinokit/runtime-kit'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeError } from '../files/file-error.ts'

/**
 * A file on its way to a place on a disk. What came so far is in `PATH.incomplete`, and beside it the ETag of the file that it
 * is a part of.
 *
 * @param path - where the whole file is to be
 * @param record - records what the file is, before it appears
 */
export function createPartialFile(path: string, record?: (found: Found) => Promise<void>): PartialFile {
  const partial = `${path}.incomplete`
  const etagPath = `${partial}.etag`
  const remove = async (): Promise<void> => {
    await rm(partial, { force: true })
    await rm(etagPath, { force: true })
  }
  const writing = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      throw DinokitError.is(cause) ? cause : writeError(path, cause)
    }
  }
  return {
    async begun() {
      const length = await sizeOf(partial)
      const etag = length > 0 ? await readFile(etagPath, 'utf8').catch(() => undefined) : undefined
      return { length, etag }
    },
    assertRoom: (bytes) => writing(() => assertRoom(path, bytes)),
    append: (start, etag) =>
      writing(async () => {
        if (start === 0) {
          await rm(etagPath, { force: true })
          if (etag !== undefined) await writeFile(etagPath, etag)
        }
        const file = await open(partial, start === 0 ? 'w' : 'r+')
        let position = start
        return {
          write: (chunk) =>
            writing(async () => {
              for (let written = 0; written < chunk.byteLength;)
                written += (await file.write(chunk, written, chunk.byteLength - written, position + written)).bytesWritten
              position += chunk.byteLength
            }),
          close: () => writing(() => file.close()),
        }
      }),
    digests: (git, signal) => digestsOf(partial, git, signal),
    commit: (found) =>
      writing(async () => {
        await record?.(found)
        await rename(partial, path)
        await rm(etagPath, { force: true })
      }),
    remove: () => writing(remove),
  }
}

/** Length of a file in bytes; 0 where there is none. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
}

async function digestsOf(file: string, withGit: boolean, signal: AbortSignal | undefined): Promise<Found> {
  const size = await sizeOf(file)
  const sha256 = createHash('sha256')
  const git = withGit ? createHash('sha1').update(`blob ${size}\0`) : undefined
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    assertNotAborted(signal)
    sha256.update(chunk as Buffer)
    git?.update(chunk as Buffer)
  }
  return { size, sha256: sha256.digest('hex'), ...(git && { git: git.digest('hex') }) }
}

async function assertRoom(path: string, needed: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const { bavail, bsize, blocks } = await statfs(dirname(path))
  // Some file systems do not say how much they hold.
  if (blocks === 0 || bavail * bsize >= needed) return
  throw new DinokitError('disk-full', `The disk has no room for ${path}.`, {
    given: `${bavail * bsize} bytes free`,
    expected: `${needed} bytes`,
    hint: 'Free some space, or move the cache (HF_HOME, DINOKIT_CACHE).',
  })
}
