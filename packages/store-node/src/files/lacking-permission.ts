import { systemErrorCode } from '@dinokit/core'
import { access, constants, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Activity that failed. */
export type Doing = 'read' | 'write'

/** Access to a file or folder of a store that a user lacks. */
export interface Denial {
  readonly path: string
  readonly needed: 'read' | 'write to' | 'look into'
  /** Permissions in octal digits, and who owns it; `?` where neither can be seen. */
  readonly mode: string
  readonly owner: string
}

/** Finds the first file or folder of a store that this process lacks permission for; undefined where there is none. */
export async function lackingPermission(folder: string, doing: Doing): Promise<Denial | undefined> {
  const above = await lackingAbove(folder)
  return above ?? (await lackingBelow(folder, doing))
}

/** Folders on the way to the store, outermost first. */
async function lackingAbove(folder: string): Promise<Denial | undefined> {
  const above = dirname(folder)
  if (above === folder) return undefined
  return (await lackingAbove(above)) ?? denialOf(above, constants.X_OK, 'look into')
}

async function lackingBelow(path: string, doing: Doing): Promise<Denial | undefined> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats) return undefined
  if (!stats.isDirectory()) return denialOf(path, constants.R_OK, 'read')
  const own =
    (await denialOf(path, constants.R_OK | constants.X_OK, 'look into')) ??
    (doing === 'write' ? await denialOf(path, constants.W_OK, 'write to') : undefined)
  if (own) return own
  for (const name of (await readdir(path)).sort()) {
    const found = await lackingBelow(join(path, name), doing)
    if (found) return found
  }
  return undefined
}

async function denialOf(path: string, mode: number, needed: Denial['needed']): Promise<Denial | undefined> {
  try {
    await access(path, mode)
    return undefined
  } catch (cause) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(systemErrorCode(cause) ?? '')) return undefined
    const stats = await stat(path).catch(() => undefined)
    return { path, needed, mode: stats ? (stats.mode & 0o777).toString(8) : '?', owner: stats ? String(stats.uid) : '?' }
  }
}
