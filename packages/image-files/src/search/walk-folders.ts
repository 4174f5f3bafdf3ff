import { systemErrorCode } from '@dinokit/core'
import type { DinokitError } from '@dinokit/core'
import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beginsAsImage, endingOfName, hasImageEnding } from './image-files.ts'
import { createSeenIds } from '../lib/seen-ids.ts'
import type { PassedOverCounter } from './passed-over.ts'
import { fileError, folderError } from './search-error.ts'

/** An image of a walk. */
export interface FoundFile {
  /** Index of the argument that means it. */
  readonly argument: number
  readonly path: string
  /** Path below the folder that was named; its name where it was named itself. */
  readonly relative: string
}

/** A walk through folders, in which every file counts once. */
export interface Walk {
  /**
   * Looks into a folder that was named: some files at a time, in the order of their paths. Links wait until the end: a file's own
   * name comes before them.
   */
  folder(argument: number, path: string): AsyncGenerator<readonly FoundFile[], void, undefined>
  /** Takes a file that was named, whatever it is called: one, or none where it was counted already. */
  file(argument: number, path: string, relative: string): Promise<readonly FoundFile[]>
  /** Follows the links. */
  links(): AsyncGenerator<readonly FoundFile[], void, undefined>
  /** Files and folders that could not be looked at so far. */
  readonly failures: readonly { readonly argument: number; readonly path: string; readonly error: DinokitError }[]
}

/** Files that are looked at at once, and told together. */
const AT_ONCE = 32

/**
 * Makes a walk.
 *
 * @param recursive - whether folders of folders are looked into
 * @param passedOver - told what is left out
 */
export function createWalk(recursive: boolean, passedOver: PassedOverCounter): Walk {
  const failures: { argument: number; path: string; error: DinokitError }[] = []
  const links: FoundFile[] = []
  const taken = createSeenIds()
  const visited = new Set<string>()

  const take = (file: FoundFile, real: string): FoundFile[] => {
    if (taken.add(real)) return [file]
    passedOver.repeated()
    return []
  }
  const takeImage = async (file: FoundFile, real: string): Promise<FoundFile[]> => {
    try {
      if (file.path.includes('\uFFFD')) await lstat(file.path)
      const ending = endingOfName(file.path)
      if (hasImageEnding(file.path) || (ending === '' && (await beginsAsImage(file.path)))) return take(file, real)
      passedOver.file(ending || 'no ending')
    } catch (cause) {
      failures.push({ argument: file.argument, path: file.path, error: fileError(file.path, cause) })
    }
    return []
  }
  const look = async function* (
    { argument, path, relative: below }: FoundFile,
    real: string,
  ): AsyncGenerator<readonly FoundFile[], void, undefined> {
    if (visited.has(real)) {
      passedOver.repeated()
      return
    }
    visited.add(real)
    let entries: Dirent[]
    try {
      entries = (await readdir(path, { withFileTypes: true })).sort(byPath)
    } catch (cause) {
      failures.push({ argument, path, error: folderError(path, cause) })
      return
    }
    let here: Dirent[] = []
    const fileAt = ({ name }: Dirent): FoundFile => ({ argument, path: join(path, name), relative: join(below, name) })
    const takeHere = async (): Promise<readonly FoundFile[]> => {
      const some = here
      here = []
      return (await Promise.all(some.map((entry) => takeImage(fileAt(entry), join(real, entry.name))))).flat()
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.')) passedOver.file('hidden')
      else if (entry.isSymbolicLink()) links.push(fileAt(entry))
      else if (entry.isFile()) here.push(entry)
      else if (!entry.isDirectory()) passedOver.file('no file')
      else if (!recursive) passedOver.folder()
      else {
        yield await takeHere()
        yield* look(fileAt(entry), join(real, entry.name))
      }
      if (here.length >= AT_ONCE) yield await takeHere()
    }
    yield await takeHere()
  }
  const follow = async function* (link: FoundFile): AsyncGenerator<readonly FoundFile[], void, undefined> {
    try {
      const stats = await stat(link.path)
      const real = await realpath(link.path)
      if (stats.isFile()) yield await takeImage(link, real)
      else if (!stats.isDirectory()) passedOver.file('no file')
      else if (recursive) yield* look(link, real)
      else passedOver.folder()
    } catch (cause) {
      if (isBroken(cause) && !hasImageEnding(link.path)) passedOver.file('broken link')
      else failures.push({ argument: link.argument, path: link.path, error: fileError(link.path, cause) })
    }
  }
  return {
    async *folder(argument, path) {
      yield* look({ argument, path, relative: '' }, await realpath(path))
    },
    async file(argument, path, relative) {
      return take({ argument, path, relative }, await realpath(path).catch(() => path))
    },
    async *links() {
      for (const link of links) yield* follow(link)
    },
    failures,
  }
}

/** Orders what is in a folder so that paths come in order: a folder's name goes on with a slash. */
function byPath(one: Dirent, other: Dirent): number {
  const [a, b] = [one, other].map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)) as [string, string]
  return a < b ? -1 : 1
}

/** A link that leads nowhere, or around in a circle. */
function isBroken(cause: unknown): boolean {
  return ['ENOENT', 'ELOOP'].includes(systemErrorCode(cause) ?? '')
}
