import type { DinokitError } from '@dinokit/core'
import type { ImageToStore } from '@dinokit/store'
import { resolve } from 'node:path'
import { imagesToStore } from './images-to-store.ts'
import type { PassedOver } from './search/passed-over.ts'

/** Paths that {@link imagesIn} passed over. */
export type { PassedOver }

/** Options of {@link imagesIn}. */
export interface ImagesInOptions {
  /** Look into folders of folders. Default true. */
  readonly recursive?: boolean
  /** Give each image the name of the folder that it is in, right below the one that was named, as its label. Default false. */
  readonly labelsFromFolders?: boolean
  /** A table, CSV or with semicolons or tabs, of path, label, split, annotation, with a header; paths are relative to it. */
  readonly labels?: string
  /** The split of all, or of each image by its id. A table's own comes first. */
  readonly split?: string | ((id: string) => string)
  /** Told once, after the last image, what was passed over. */
  readonly onPassedOver?: (passedOver: PassedOver) => void
  /** Told once, after the last image, where the table has labels of images that are nowhere, by what it calls them. */
  readonly onLabelsWithoutImage?: (paths: readonly string[]) => void
}

/**
 * Finds images in folders, as `fillStore` takes them: `fillStore(vision, store, imagesIn('photos/', { labelsFromFolders: true }))`.
 * Images are files that end with .jpg, .jpeg, .jpe, .jfif, .png, .webp, .avif, .gif, .tif or .tiff, in any case of letters, and
 * files without an ending that begin as one of these. Each counts once, under the first name that is no link; hidden files and
 * folders are passed over. An id is the name of the folder that was named, then the path below it.
 *
 * What could not be looked into, and images without a label where labels are asked for, come too: `fillStore` reports each with
 * its error, which its `hash` fails with.
 *
 * @param named - folders, files and globs
 * @param options - labels, split
 * @throws DinokitError `label-invalid`, `file-not-found` for the table
 */
export async function* imagesIn(
  named: string | readonly string[],
  { recursive = true, labelsFromFolders, labels, split, onPassedOver, onLabelsWithoutImage }: ImagesInOptions = {},
): AsyncGenerator<ImageToStore<string>, void, undefined> {
  const { images, passedOver, labelsWithoutImage } = await imagesToStore(
    typeof named === 'string' ? [named] : named,
    {
      ...(labels !== undefined && { labels }),
      ...(labelsFromFolders && { labelsFromFolders }),
      ...(split !== undefined && { split: typeof split === 'string' ? () => split : split }),
    },
    recursive,
  )
  for (const { name, image, error } of images) yield image ?? failed(name, error)
  onPassedOver?.(passedOver)
  if (labelsWithoutImage.length > 0) onLabelsWithoutImage?.(labelsWithoutImage)
}

function failed(name: string, error: DinokitError): ImageToStore<string> {
  const path = resolve(name)
  return { id: name, source: path, image: path, hash: () => Promise.reject(error) }
}
