import type { DinokitError } from '@dinokit/core'
import { lstat, stat } from 'node:fs/promises'
import { basename, relative, sep } from 'node:path'
import { globFiles, isGlob } from './glob-files.ts'
import { countPassedOver, type PassedOver } from './passed-over.ts'
import { createWalk } from './walk-folders.ts'

/** An image that the user named, directly or by its folder. */
export interface Input {
  /** A path or an address. */
  readonly source: string
  /** Its path below the folder that was named, or that a glob searches; its file name where it was named itself. */
  readonly relative: string
  /** The argument that means it; of a glob the folder that it searches. */
  readonly named: string
}

/** Failure to read a folder or a file. */
interface SearchFailure {
  /** Its path. */
  readonly name: string
  /** The argument that means it. */
  readonly named: string
  readonly error: DinokitError
}

/** Images that arguments stand for. */
export interface FoundImages {
  /** Inputs by argument, then by path. */
  readonly images: readonly Input[]
  /** Folders that could not be looked into, and files of which could not be said what they are. */
  readonly failures: readonly SearchFailure[]
  readonly passedOver: PassedOver
}

/**
 * Finds the images that arguments mean: files and addresses as they are, folders and globs as the images in them. An image is
 * counted once, under the first name that is no link; hard links are images of their own, as copies are. What is not there stays
 * in the list, to be reported with its name.
 *
 * @param named - files, folders, globs and addresses
 * @param recursive - whether folders of folders are looked into
 */
export async function findImages(named: readonly string[], recursive: boolean): Promise<FoundImages> {
  const passedOver = countPassedOver()
  const walk = createWalk(recursive, passedOver)
  const addresses = new Set<string>()
  const found: Input[][] = named.map(() => [])
  const failures: SearchFailure[] = []
  const bases = [...named]
  for (const [index, name] of named.entries()) {
    if (isAddress(name)) {
      if (addresses.has(name)) passedOver.repeated()
      else found[index]!.push({ source: name, relative: nameOfAddress(name), named: name })
      addresses.add(name)
      continue
    }
    const kind = await statPath(name)
    if (kind === 'folder') await walk.folder(index, name)
    else if (kind === 'file') await walk.file(index, name, basename(name))
    else if (!isGlob(name)) found[index]!.push(missing(name))
    else {
      const { base, paths, failures: closed } = await globFiles(name)
      bases[index] = base
      for (const path of paths) await walk.file(index, path, relative(base, path))
      failures.push(...closed.map((failure) => ({ ...failure, named: name })))
      if (paths.length === 0 && closed.length === 0) found[index]!.push(missing(name))
    }
  }
  const walked = await walk.end()
  for (const { argument, path, relative } of walked.files) found[argument]!.push({ source: path, relative, named: bases[argument]! })
  failures.push(...walked.failures.map(({ argument, path, error }) => ({ name: path, named: named[argument]!, error })))
  return { images: found.flatMap((some) => some.sort(byPath)), failures, passedOver: passedOver.counted() }
}

/** Whether a name is an address rather than a path. */
export function isAddress(name: string): boolean {
  return /^(https?|data):/i.test(name)
}

/** A file name for what an address means; one that does not parse is told when it is read. */
function nameOfAddress(address: string): string {
  if (/^data:/i.test(address) || !URL.canParse(address)) return 'image'
  return basename(new URL(address).pathname) || 'image'
}

function missing(name: string): Input {
  return { source: name, relative: basename(name), named: name }
}

/** Tells whether a name is a file or a folder; one that can't be told is a file: reading it says why. */
async function statPath(name: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(name)).isDirectory() ? 'folder' : 'file'
  } catch {
    return (await lstat(name).catch(() => undefined)) && 'file'
  }
}

function byPath(a: Input, b: Input): number {
  const [one, other] = [a, b].map(({ source, relative }) => `${relative.split(sep).join('/')}\0${source}`) as [string, string]
  return one < other ? -1 : one > other ? 1 : 0
}
