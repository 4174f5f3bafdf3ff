import { DinokitError } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'
import type { PictureToStore } from '@dinokit/store'
import { stat } from 'node:fs/promises'
import { basename, resolve, sep } from 'node:path'
import { expandInputs } from './expand-inputs.ts'
import { folderLabel } from './folder-label.ts'
import { hashFile } from './hash-file.ts'
import { readLabels, type LabelEntry, type Labels } from './read-labels.ts'
import type { SplitOf } from './split-of.ts'

/** Where labels come from. */
export interface LabelOptions {
  readonly labels?: string
  readonly labelsFromFolders?: boolean
  readonly split?: SplitOf
}

/** A picture of the command line, or why it can't be indexed, or a label without a picture. */
export type PictureOrError =
  | { readonly name: string; readonly picture: PictureToStore<ImageSource>; readonly error?: never }
  | { readonly name: string; readonly picture?: never; readonly error: DinokitError }

/**
 * The pictures that folders and files mean, each with its id (the name of the folder that was named, then the path below
 * it), label and split.
 *
 * @throws DinokitError `label-invalid` and `file-not-found` for the labels file
 */
export async function picturesToStore(named: readonly string[], options: LabelOptions): Promise<PictureOrError[]> {
  const labels = options.labels === undefined ? undefined : await readLabels(options.labels)
  const used = new Set<string>()
  const found: PictureOrError[] = []
  for (const name of named)
    for (const { source, relative } of await expandInputs([name], true)) {
      const path = resolve(source)
      used.add(path)
      found.push(describe(source, path, idOf(name, source, relative), relative, labels?.get(path), options))
    }
  return [...found, ...(labels ? await withoutPicture(options.labels!, labels, used) : [])]
}

function idOf(named: string, source: string, relative: string): string {
  const below = relative.split(sep).join('/')
  return resolve(named) === resolve(source) ? below : `${basename(resolve(named))}/${below}`
}

function describe(
  name: string,
  path: string,
  id: string,
  relative: string,
  entry: LabelEntry | undefined,
  { labels, labelsFromFolders, split }: LabelOptions,
): PictureOrError {
  const label = (labelsFromFolders ? folderLabel(relative) : undefined) ?? entry?.label
  if ((labels !== undefined && !entry) || (labelsFromFolders && label === undefined)) return { name, error: unlabelled(name, labels) }
  const part = entry?.split ?? split?.(id)
  return {
    name,
    picture: {
      id,
      source: path,
      picture: path,
      hash: () => hashFile(path),
      ...(label !== undefined && { label }),
      ...(part !== undefined && { split: part }),
      ...(entry?.annotation !== undefined && { annotation: entry.annotation }),
    },
  }
}

function unlabelled(name: string, labels: string | undefined): DinokitError {
  return new DinokitError('label-invalid', `${name} has no label.`, {
    given: name,
    expected: labels === undefined ? 'pictures in folders that are called as their classes' : `a line for it in ${labels}`,
    hint: 'It was left out.',
  })
}

/** Labels of pictures that are nowhere. Those of pictures that are there, and were not named, are nobody's mistake. */
async function withoutPicture(file: string, labels: Labels, used: ReadonlySet<string>): Promise<PictureOrError[]> {
  const problems: PictureOrError[] = []
  for (const [path, { path: written }] of labels) {
    if (used.has(path) || (await stat(path).catch(() => undefined))) continue
    const error = new DinokitError('label-invalid', `${file} has a label for ${written}, which is not there.`, {
      given: path,
      expected: 'paths of pictures, relative to the labels file',
    })
    problems.push({ name: written, error })
  }
  return problems
}
