import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Files that were seen on the disk: LanceDB never writes a file again, but for one of a few bytes. */
const synced = new Map<string, number>()

/**
 * Brings all files of a folder, and their names, to the disk; those that were brought before, by this process, are passed over.
 */
export async function syncTree(folder: string): Promise<void> {
  const folders = new Set<string>([folder])
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) folders.add(path)
    if (!entry.isFile()) continue
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs
    if (changed === undefined || synced.get(path) === changed) continue
    await sync(path)
    synced.set(path, changed)
  }
  for (const path of folders) await sync(path)
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined)
  try {
    await file?.sync()
  } finally {
    await file?.close()
  }
}
