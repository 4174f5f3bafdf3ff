import { DinokitError } from '@dinokit/core'
import { ifThere } from '@dinokit/runtime-node'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type { AnnotatedRow } from '@dinokit/train/stored'

/** Annotations by the names of images. */
export interface AnnotationFiles {
  /** Number of files in the folders. */
  readonly count: number
  /**
   * The path of a row’s annotation, or undefined.
   *
   * @throws DinokitError `label-invalid` where two files may be meant
   */
  of(row: AnnotatedRow): string | undefined
  /** Files that belong to none of these rows. */
  unused(rows: readonly AnnotatedRow[]): string[]
}

const ENDING = /\.(?:(?:labels|mm)\.png|png|safetensors)$/i

/**
 * Finds annotations: in folders and what links in them lead to, with the images' file names but for the ending, letters composed or
 * not; or where the store’s rows say.
 *
 * @param folders - undefined: where the rows say
 * @throws DinokitError `file-not-found` for a folder that is not there, `file-unreadable` for one that can’t be looked into
 */
export async function findAnnotations(folders: readonly string[] | undefined): Promise<AnnotationFiles> {
  if (!folders) return { count: 0, of: ({ annotation }) => annotation, unused: () => [] }
  const [byPath, byName] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()]
  for (const folder of folders)
    for (const path of await filesOf(folder)) {
      const stem = relative(folder, path).split(sep).join('/').replace(ENDING, '').normalize()
      addTo(byPath, stem, path)
      addTo(byName, basename(stem), path)
    }
  const all = new Set([...byPath.values()].flatMap((paths) => [...paths]))
  const of = ({ id }: AnnotatedRow): string | undefined => {
    const stem = id.replace(/\.[^./]+$/, '').normalize()
    return onlyOne(id, byPath.get(stem) ?? byPath.get(stem.slice(stem.indexOf('/') + 1)) ?? byName.get(basename(stem)))
  }
  return {
    count: all.size,
    of,
    unused(rows) {
      const used = new Set(rows.map(of))
      return [...all].filter((path) => !used.has(path))
    },
  }
}

function addTo(paths: Map<string, Set<string>>, name: string, path: string): void {
  paths.set(name, (paths.get(name) ?? new Set()).add(path))
}

function onlyOne(id: string, paths: ReadonlySet<string> = new Set()): string | undefined {
  const [first, second] = paths
  if (second === undefined) return first
  throw new DinokitError('label-invalid', `Both ${first} and ${second} may be the annotation of ${id}.`, {
    given: `${first}, ${second}`,
    expected: 'one file',
    hint: 'Remove one of them, or lay the annotations out in folders as the images are.',
  })
}

async function filesOf(folder: string): Promise<string[]> {
  if (!(await ifThere(folder, stat(folder)))?.isDirectory())
    throw new DinokitError('file-not-found', `There is no folder ${folder}.`, { given: folder, expected: 'a folder of annotations' })
  return filesBelow(folder, new Set())
}

/** Links to a folder that was seen lead around in a circle. */
async function filesBelow(folder: string, seen: Set<string>): Promise<string[]> {
  const real = await ifThere(folder, realpath(folder))
  if (real === undefined || seen.has(real)) return []
  seen.add(real)
  const files: string[] = []
  for (const name of ((await ifThere(folder, readdir(folder))) ?? []).sort()) {
    const path = join(folder, name)
    const stats = await ifThere(path, stat(path))
    if (stats?.isDirectory()) files.push(...(await filesBelow(path, seen)))
    else if (stats?.isFile() && ENDING.test(name)) files.push(path)
  }
  return files
}
