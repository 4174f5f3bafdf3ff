import { systemErrorCode } from '@dinokit/core'
import type { DinokitError } from '@dinokit/core'
import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beginsAsImage, endingOfName, hasImageEnding } from './image-files.ts'
import type { PassedOverCounter } from './passed-over.ts'
import { fileError, folderError } from './search-error.ts'

/** An image of a walk. */
interface FoundFile {
  /** Index of the argument that means it. */
  readonly argument: number
  readonly path: string
  /** Path below the folder that was named; its name where it was named itself. */
  readonly relative: string
}

/** A walk through folders, in which every file counts once. */
export interface Walk {
  /** Looks into a folder that was named. Links wait until the end: a file's own name comes before them. */
  folder(argument: number, path: string): Promise<void>
  /** Takes a file that was named, whatever it is called. */
  file(argument: number, path: string, relative: string): Promise<void>
  /** Follows the links, and says what was found. */
  end(): Promise<{
    readonly files: readonly FoundFile[]
    readonly failures: readonly { readonly argument: number; readonly path: string; readonly error: DinokitError }[]
  }>
}

/** Files without an ending that are looked into at once. */
const AT_ONCE = 32

/**
 * Makes a walk.
 *
 * @param recursive - whether folders of folders are looked into
 * @param passedOver - told what is left out
 */
export function createWalk(recursive: boolean, passedOver: PassedOverCounter): Walk {
  const files: FoundFile[] = []
  const failures: { argument: number; path: string; error: DinokitError }[] = []
  const links: FoundFile[] = []
  const taken = new Set<string>()
  const visited = new Set<string>()

  const take = (file: FoundFile, real: string): void => {
    if (taken.has(real)) passedOver.repeated()
    else files.push(file)
    taken.add(real)
  }
  const takeImage = async (file: FoundFile, real: string): Promise<void> => {
    try {
      if (file.path.includes('\uFFFD')) await lstat(file.path)
      const ending = endingOfName(file.path)
      if (hasImageEnding(file.path) || (ending === '' && (await beginsAsImage(file.path)))) take(file, real)
      else passedOver.file(ending || 'no ending')
    } catch (cause) {
      failures.push({ argument: file.argument, path: file.path, error: fileError(file.path, cause) })
    }
  }
  const look = async ({ argument, path, relative: below }: FoundFile, real: string): Promise<void> => {
    if (visited.has(real)) {
      passedOver.repeated()
      return
    }
    visited.add(real)
    let entries: Dirent[]
    try {
      entries = (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (cause) {
      failures.push({ argument, path, error: folderError(path, cause) })
      return
    }
    const here: (() => Promise<void>)[] = []
    for (const entry of entries) {
      const file = { argument, path: join(path, entry.name), relative: join(below, entry.name) }
      if (entry.name.startsWith('.')) passedOver.file('hidden')
      else if (entry.isSymbolicLink()) links.push(file)
      else if (entry.isFile()) here.push(() => takeImage(file, join(real, entry.name)))
      else if (!entry.isDirectory()) passedOver.file('no file')
      else if (recursive) await look(file, join(real, entry.name))
      else passedOver.folder()
    }
    for (let start = 0; start < here.length; start += AT_ONCE) await Promise.all(here.slice(start, start + AT_ONCE).map((take) => take()))
  }
  const follow = async (link: FoundFile): Promise<void> => {
    try {
      const stats = await stat(link.path)
      const real = await realpath(link.path)
      if (!stats.isDirectory()) await (stats.isFile() ? takeImage(link, real) : passedOver.file('no file'))
      else if (recursive) await look(link, real)
      else passedOver.folder()
    } catch (cause) {
      if (isBroken(cause) && !hasImageEnding(link.path)) passedOver.file('broken link')
      else failures.push({ argument: link.argument, path: link.path, error: fileError(link.path, cause) })
    }
  }
  return {
    async folder(argument, path) {
      await look({ argument, path, relative: '' }, await realpath(path))
    },
    async file(argument, path, relative) {
      take({ argument, path, relative }, await realpath(path).catch(() => path))
    },
    async end() {
      for (const link of links) await follow(link)
      return { files, failures }
    },
  }
}

/** A link that leads nowhere, or around in a circle. */
function isBroken(cause: unknown): boolean {
  return ['ENOENT', 'ELOOP'].includes(systemErrorCode(cause) ?? '')
}
