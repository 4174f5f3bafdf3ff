import { DinokitError, isAbsent, systemErrorCode } from '@dinokit/core'
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm, rmdir, type FileHandle } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Storage } from './storage.ts'

/** Start of the names of files that are not whole yet. */
const UNFINISHED = '.unfinished-'

/**
 * Opens a folder as storage. Files come whole or not at all: each is written beside its place first.
 *
 * @param folder - made where there is none
 * @param fsync - whether each file, and its name, is on the disk before the call ends
 */
export function folderStorage(folder: string, fsync: boolean): Storage {
  const pathOf = (key: string): string => join(folder, ...key.split('/'))
  const writing = async <T>(path: string, bytes: Uint8Array, place: (temporary: string) => Promise<T>): Promise<T> => {
    const temporary = join(dirname(path), `${UNFINISHED}${randomBytes(6).toString('hex')}`)
    try {
      const file = await openNew(temporary)
      try {
        await file.writeFile(bytes)
        if (fsync) await file.sync()
      } finally {
        await file.close()
      }
      const placed = await place(temporary)
      if (fsync) await syncFolder(dirname(path))
      return placed
    } catch (cause) {
      throw unwritable(path, cause)
    } finally {
      await rm(temporary, { force: true }).catch(() => {})
    }
  }
  return {
    name: folder,
    put: (key, bytes) => writing(pathOf(key), bytes, (temporary) => rename(temporary, pathOf(key))),
    putNew: (key, bytes) =>
      writing(pathOf(key), bytes, async (temporary) => {
        try {
          await link(temporary, pathOf(key))
          return true
        } catch (cause) {
          if (systemErrorCode(cause) === 'EEXIST') return false
          throw cause
        }
      }),
    async get(key) {
      try {
        const file = await readFile(pathOf(key))
        // A Buffer's slice is no copy, as others count on.
        return new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
      } catch (cause) {
        if (isAbsent(cause)) return undefined
        throw new DinokitError('file-unreadable', `${pathOf(key)} can’t be read: ${String(cause)}.`, { given: pathOf(key), cause })
      }
    },
    async list(prefix) {
      const at = pathOf(prefix.slice(0, prefix.lastIndexOf('/') + 1))
      try {
        const found = await readdir(at, { recursive: true, withFileTypes: true })
        return found
          .filter((entry) => entry.isFile() && !entry.name.startsWith(UNFINISHED))
          .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
          .filter((key) => key.startsWith(prefix))
          .sort()
      } catch (cause) {
        if (isAbsent(cause)) return []
        throw new DinokitError('file-unreadable', `${at} can’t be read: ${String(cause)}.`, { given: at, cause })
      }
    },
    async remove(keys) {
      for (const key of keys) await rm(pathOf(key), { force: true })
      // Of folders that have something in them, this is refused.
      for (const path of new Set(keys.map((key) => dirname(pathOf(key))))) await rmdir(path).catch(() => {})
    },
    close() {},
  }
}

/** Opens a new file; its folder may have been removed, empty, by another process since it was made. */
async function openNew(path: string, tries = 5): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true })
    return await open(path, 'wx')
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT' && tries > 1) return openNew(path, tries - 1)
    throw cause
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

function unwritable(path: string, cause: unknown): DinokitError {
  if (['ENOSPC', 'EDQUOT'].includes(systemErrorCode(cause) ?? ''))
    return new DinokitError('disk-full', `The disk is full: ${path} could not be written.`, {
      given: path,
      hint: 'What was kept before is safe. Free some space and start the worker again.',
      cause,
    })
  return new DinokitError('file-unwritable', `${path} could not be written: ${String(cause)}.`, {
    given: path,
    hint: 'Choose a folder that can be written to.',
    cause,
  })
}
