import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Looking for new files takes at most this part of the time. */
const SHARE = 20
/** The one file that LanceDB writes again under its name. */
const REWRITTEN = 'latest_version_hint.json'

/** Gives a store's files the permissions of its folder. */
export interface FileSharing {
  /** Looks for new files, unless that was a moment ago: then it is done soon. It never throws. */
  soon(): Promise<void>
  /** Looks for new files now. It never throws. */
  now(): Promise<void>
}

/**
 * LanceDB lets nobody but their owner read its files, whatever the folder and the process say. This gives them what the
 * folder has: read and write permissions to files, all of them to folders.
 *
 * @param folder - of the store
 */
export function shareFiles(folder: string): FileSharing {
  const seen = new Set<string>()
  let [running, ended, took] = [Promise.resolve(), -Infinity, 0]
  let later: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    const started = performance.now()
    const { mode } = await stat(folder)
    const found = await readdir(folder, { recursive: true, withFileTypes: true })
    for (const entry of found) {
      const path = join(entry.parentPath, entry.name)
      if (seen.has(path) || entry.name.startsWith('.')) continue
      const wanted = entry.isDirectory() ? mode & 0o7777 : mode & 0o666
      const { mode: own } = await stat(path)
      // What another user owns is that user's to share.
      if ((own & 0o7777) !== wanted) await chmod(path, wanted).catch(() => {})
      if (entry.name !== REWRITTEN) seen.add(path)
    }
    ended = performance.now()
    took = ended - started
  }
  const now = (): Promise<void> => {
    clearTimeout(later)
    later = undefined
    return (running = running.then(() => look().catch(() => {})))
  }
  return {
    async soon() {
      const wait = ended + SHARE * took - performance.now()
      if (wait <= 0) await now()
      else later ??= setTimeout(() => void now(), wait).unref()
    },
    now,
  }
}
