import type { DinokitError } from '@dinokit/core'
import { lstat, stat } from 'node:fs/promises'
import { basename, relative, sep } from 'node:path'
import { globFiles, isGlob } from './glob-files.ts'
import { countPassedOver, type PassedOver } from './passed-over.ts'
import { createWalk, type FoundFile } from './walk-folders.ts'

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

/** An image, and the index of the argument that means it. */
interface FoundInput extends Input {
  readonly argument: number
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
  const found: Input[][] = named.map(() => [])
  const search = streamImages(named, recursive)
  for (;;) {
    const { done, value } = await search.next()
    if (done) return { ...value, images: found.flatMap((some) => some.sort(byPath)) }
    for (const { argument, ...image } of value) found[argument]!.push(image)
  }
}

/**
 * Finds the images that arguments mean, as {@link findImages} does, some at a time: those of a folder in the order of their
 * paths, and all that links alone lead to last. No more is held than the names of one folder, and 16 bytes for each path.
 *
 * @returns at its end, what could not be looked into and what was passed over
 */
export async function* streamImages(
  named: readonly string[],
  recursive: boolean,
): AsyncGenerator<readonly FoundInput[], Omit<FoundImages, 'images'>, undefined> {
  const passedOver = countPassedOver()
  const walk = createWalk(recursive, passedOver)
  const addresses = new Set<string>()
  const failures: SearchFailure[] = []
  const bases = [...named]
  const inputs = (files: readonly FoundFile[]): FoundInput[] =>
    files.map(({ argument, path, relative }) => ({ argument, source: path, relative, named: bases[argument]! }))
  for (const [argument, name] of named.entries()) {
    if (isAddress(name)) {
      if (addresses.has(name)) passedOver.repeated()
      else yield [{ argument, source: name, relative: nameOfAddress(name), named: name }]
      addresses.add(name)
      continue
    }
    const kind = await statPath(name)
    if (kind === 'folder') for await (const files of walk.folder(argument, name)) yield inputs(files)
    else if (kind === 'file') yield inputs(await walk.file(argument, name, basename(name)))
    else if (!isGlob(name)) yield [{ argument, ...missing(name) }]
    else {
      const { base, paths, failures: closed } = await globFiles(name)
      bases[argument] = base
      for (const path of paths) yield inputs(await walk.file(argument, path, relative(base, path)))
      failures.push(...closed.map((failure) => ({ ...failure, named: name })))
      if (paths.length === 0 && closed.length === 0) yield [{ argument, ...missing(name) }]
    }
  }
  for await (const files of walk.links()) yield inputs(files)
  failures.push(...walk.failures.map(({ argument, path, error }) => ({ name: path, named: named[argument]!, error })))
  return { failures, passedOver: passedOver.counted() }
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
