import type { DinokitError } from '@dinokit/core'
import * as fs from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { glob, type FileSystemAdapter } from 'tinyglobby'
import { folderError } from './search-error.ts'

/** Files that a glob means. */
export interface GlobbedFiles {
  /** The folder that it searches: what comes before the first part with a sign of its own. */
  readonly base: string
  readonly paths: readonly string[]
  /** Folders that could not be looked into. */
  readonly failures: readonly { readonly name: string; readonly error: DinokitError }[]
}

/** Whether a name can be a glob. */
export function isGlob(name: string): boolean {
  return MAGIC.test(name)
}

const MAGIC = /[*?[\]{}]/

/**
 * Finds the files that a glob means.
 *
 * @param pattern - with the platform's separators
 */
export async function globFiles(pattern: string): Promise<GlobbedFiles> {
  const failures: { readonly name: string; readonly error: DinokitError }[] = []
  // The library leaves out what it can't look into, without a word.
  const readdir = ((path: string, options: object, done: (cause: NodeJS.ErrnoException | null, entries: fs.Dirent[]) => void) => {
    fs.readdir(path, { ...options, withFileTypes: true }, (cause, entries) => {
      const name = isAbsolute(pattern) ? resolve(path) : relative('', path) || '.'
      if (cause) failures.push({ name, error: folderError(name, cause) })
      done(cause, entries)
    })
  }) as NonNullable<FileSystemAdapter['readdir']>
  const paths = await glob(sep === '\\' ? pattern.replaceAll('\\', '/') : pattern, {
    onlyFiles: true,
    expandDirectories: false,
    caseSensitiveMatch: true,
    fs: { readdir },
  })
  return { base: baseOf(pattern), paths: paths.sort(), failures }
}

function baseOf(pattern: string): string {
  const parts = pattern.split(sep)
  const folders = parts.slice(0, parts.findIndex(isGlob)).join(sep)
  return folders || (isAbsolute(pattern) ? sep : '.')
}
