import { DinokitError } from '@dinokit/core'
import type { ImageToStore } from '@dinokit/store'
import { basename, resolve, sep } from 'node:path'
import { findImages, isAddress, streamImages, type Input } from './search/find-images.ts'
import { folderLabel } from './labels/folder-label.ts'
import { hashFile } from './hash-file.ts'
import type { PassedOver } from './search/passed-over.ts'
import { readLabels, type LabelEntry, type Labels } from './labels/read-labels.ts'

/** Decides the split of an image by its id. */
type SplitOf = (id: string) => string

/** Where labels come from. */
export interface LabelOptions {
  /** Path of a table: see {@link readLabels}. */
  readonly labels?: string
  /** Whether the folder that an image is in is its label. */
  readonly labelsFromFolders?: boolean
  readonly split?: SplitOf
}

/** An image for a store, or why it can't be one. */
type ImageOrError =
  | { readonly name: string; readonly image: ImageToStore<string>; readonly error?: never }
  | { readonly name: string; readonly image?: never; readonly error: DinokitError }

/** Images found for a store. */
export interface ImagesToStore {
  readonly images: readonly ImageOrError[]
  /** Labels of images that are nowhere, by what the table calls them. Those of images that are there, and were not named, are nobody's mistake. */
  readonly labelsWithoutImage: readonly string[]
  readonly passedOver: PassedOver
}

/**
 * The images that folders and files mean, each with its id (the name of the folder that was named, then the path below it),
 * label and split.
 *
 * @param named - folders, files and globs
 * @param options - where labels come from
 * @param recursive - whether folders of folders are looked into
 * @throws DinokitError `label-invalid` and `file-not-found` for the table of labels
 */
export async function imagesToStore(named: readonly string[], options: LabelOptions, recursive = true): Promise<ImagesToStore> {
  const labels = await labelsFor(options)
  const found = await findImages(named, recursive)
  return {
    images: [...found.images.map((image) => toStore(image, labels, options)), ...found.failures],
    labelsWithoutImage: (await labels?.withoutImage()) ?? [],
    passedOver: found.passedOver,
  }
}

/**
 * The same images as those of {@link imagesToStore}, one at a time, so that a million of them take little memory: those of a
 * folder in the order of their paths, and all that links alone lead to last.
 *
 * @returns at its end, what was passed over
 * @throws as {@link imagesToStore}
 */
export async function* streamToStore(
  named: readonly string[],
  options: LabelOptions,
): AsyncGenerator<ImageOrError, Omit<ImagesToStore, 'images'>, undefined> {
  const labels = await labelsFor(options)
  const search = streamImages(named, true)
  for (;;) {
    const { done, value } = await search.next()
    if (!done) for (const image of value) yield toStore(image, labels, options)
    else {
      yield* value.failures
      return { labelsWithoutImage: (await labels?.withoutImage()) ?? [], passedOver: value.passedOver }
    }
  }
}

async function labelsFor({ labels }: LabelOptions): Promise<Labels | undefined> {
  return labels === undefined ? undefined : readLabels(labels)
}

function toStore(image: Input, labels: Labels | undefined, options: LabelOptions): ImageOrError {
  if (isAddress(image.source)) return { name: image.source, error: address(image.source) }
  const path = resolve(image.source)
  return describe(image, path, labels?.get(path), options)
}

function idOf({ named, source, relative }: Input): string {
  const below = relative.split(sep).join('/')
  return resolve(named) === resolve(source) ? below : `${basename(resolve(named))}/${below}`
}

function describe(
  image: Input,
  path: string,
  entry: LabelEntry | undefined,
  { labels, labelsFromFolders, split }: LabelOptions,
): ImageOrError {
  const name = image.source
  const label = (labelsFromFolders ? folderLabel(image.relative) : undefined) ?? entry?.label
  if ((labels !== undefined && !entry) || (labelsFromFolders && label === undefined)) return { name, error: unlabeled(name, labels) }
  const id = idOf(image)
  const part = entry?.split ?? split?.(id)
  return {
    name,
    image: {
      id,
      source: path,
      image: path,
      hash: () => hashFile(path),
      ...(label !== undefined && { label }),
      ...(part !== undefined && { split: part }),
      ...(entry?.annotation !== undefined && { annotation: entry.annotation }),
    },
  }
}

function address(name: string): DinokitError {
  return new DinokitError('invalid-option', `${name} is an address; a store names images by their files.`, {
    given: name,
    expected: 'folders, files or globs',
    hint: 'Download it first.',
  })
}

function unlabeled(name: string, labels: string | undefined): DinokitError {
  return new DinokitError('label-invalid', `${name} has no label.`, {
    given: name,
    expected: labels === undefined ? 'images in one folder per class' : `a line for it in ${labels}`,
    hint: 'It was left out.',
  })
}
