import { DinokitError } from '@dinokit/core'
import { readdir } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type { AnnotatedRow } from '@dinokit/train/stored'

/** Annotations by the names of pictures. */
export interface AnnotationFiles {
  /** How many files there are in the folders. */
  readonly count: number
  /** The path of a row’s annotation, or undefined. */
  of(row: AnnotatedRow): string | undefined
  /** Files that belong to none of these rows. */
  unused(rows: readonly AnnotatedRow[]): string[]
}

const ENDING = /\.(?:(?:labels|mm)\.png|png|safetensors)$/i

/**
 * Finds annotations: in folders, called as the pictures but for the ending; or where the store’s rows say.
 *
 * @param folders - undefined: where the rows say
 * @throws DinokitError `file-not-found` for a folder that is not there
 */
export async function findAnnotations(folders: readonly string[] | undefined): Promise<AnnotationFiles> {
  if (!folders) return { count: 0, of: ({ annotation }) => annotation, unused: () => [] }
  const [byPath, byName] = [new Map<string, string>(), new Map<string, string>()]
  for (const folder of folders)
    for (const path of await filesOf(folder)) {
      const stem = relative(folder, path).split(sep).join('/').replace(ENDING, '')
      byPath.set(stem, path)
      byName.set(basename(stem), path)
    }
  const of = ({ id }: AnnotatedRow): string | undefined => {
    const stem = id.replace(/\.[^./]+$/, '')
    return byPath.get(stem) ?? byPath.get(stem.slice(stem.indexOf('/') + 1)) ?? byName.get(basename(stem))
  }
  return {
    count: byPath.size,
    of,
    unused(rows) {
      const used = new Set(rows.map(of))
      return [...byPath.values()].filter((path) => !used.has(path))
    },
  }
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.flatMap((entry) => (entry.isFile() && ENDING.test(entry.name) ? [join(entry.parentPath, entry.name)] : [])).sort()
  } catch (cause) {
    throw new DinokitError('file-not-found', `There is no folder ${folder}.`, { given: folder, expected: 'a folder of annotations', cause })
  }
}
