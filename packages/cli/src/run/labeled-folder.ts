import { DinokitError, type Runtime } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'
import { classifyByNeighbors, classTokenExamples, type ClassTokenNetwork, type LabeledImage } from '@dinokit/train'
import type { Output } from '../output/console-output.ts'
import { searchImages } from '../output/tell-search.ts'
import { folderLabel } from '@dinokit/image-files'

/**
 * Lists the images of a folder that has one folder per class.
 *
 * @param output - told what could not be looked into, and what was passed over
 * @throws DinokitError `file-not-found` where there are none
 */
export async function labeledFolder(path: string, output: Output): Promise<LabeledImage<string>[]> {
  const { images } = await searchImages(output, [path], true)
  const labeled = images.flatMap(({ source, relative }) => {
    const label = folderLabel(relative)
    return label === undefined ? [] : [{ source, label }]
  })
  if (labeled.length > 0) return labeled
  throw new DinokitError('file-not-found', `There are no labeled images in ${path}.`, {
    given: path,
    expected: 'one folder of images per class',
  })
}

/** Nearest neighbors: how many of the images asked for get the class that they have. */
export interface NeighborScore {
  readonly accuracy: number
  readonly known: number
  readonly asked: number
}

/**
 * The share of images whose nearest neighbor among others is of the same class, by class tokens. Images that can't be
 * read are left out.
 *
 * @param network - its session, and its parameters as they are now
 * @param folders - images whose class is known, and those asked for
 * @param options - the runtime that decodes; cancellation
 */
export async function scoreNeighbors(
  network: ClassTokenNetwork,
  folders: readonly [known: readonly LabeledImage<string>[], asked: readonly LabeledImage<string>[]],
  { runtime, signal }: { readonly runtime: Pick<Runtime<ImageSource>, 'decodeImage'>; readonly signal: AbortSignal | undefined },
): Promise<NeighborScore> {
  const classes = [...new Set(folders.flat().map(({ label }) => label))].sort()
  const known = await classTokenExamples(runtime, network, folders[0], { classes, signal })
  const asked = await classTokenExamples(runtime, network, folders[1], { classes, signal })
  const found = classifyByNeighbors(known, asked, { k: 1 })
  const right = asked.labels.reduce((sum, label, index) => sum + (found[index] === label ? 1 : 0), 0)
  return { accuracy: right / asked.labels.length, known: known.labels.length, asked: asked.labels.length }
}
