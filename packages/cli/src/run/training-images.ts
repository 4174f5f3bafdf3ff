import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Output } from '../output/console-output.ts'
import { passedOverOf, searchImages } from '../output/tell-search.ts'

/** The images of a training. */
export interface TrainingImages {
  /** Paths, in the same order every time. */
  readonly sources: readonly string[]
  /** Number of images, and a digest of their names below the folders: where these change, a run can't go on as it was begun. */
  readonly about: { readonly count: number; readonly names: string }
  /** Names on the command line, without folders. */
  readonly named: readonly string[]
}

/**
 * Finds the images to train on.
 *
 * @param named - folders, files or globs
 * @param output - told what could not be looked into, and what was passed over
 * @throws DinokitError `file-not-found` where there are none
 */
export async function trainingImages(named: readonly string[], output: Output): Promise<TrainingImages> {
  const { images: found, passedOver } = await searchImages(output, named, true)
  const said = passedOverOf(passedOver)
  if (said.passedOver) output.summary({ images: found.length, ...said })
  const names = createHash('sha256')
    .update(found.map(({ relative }) => relative).join('\n'))
    .digest('hex')
    .slice(0, 16)
  return {
    sources: found.map(({ source }) => source),
    about: { count: found.length, names },
    named: named.map((name) => basename(name)),
  }
}
