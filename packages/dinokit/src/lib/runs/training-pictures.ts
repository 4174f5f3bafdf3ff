import { DinokitError } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { expandInputs } from '../cli/expand-inputs.ts'

/** The pictures of a training. */
export interface TrainingPictures {
  /** Paths, in the same order every time. */
  readonly sources: readonly string[]
  /** How many, and a digest of their names below the folders: where these change, a run can't go on as it was begun. */
  readonly about: { readonly count: number; readonly names: string }
  /** What was named on the command line, without folders. */
  readonly named: readonly string[]
}

/**
 * Finds the pictures to train on.
 *
 * @param named - folders, files or globs
 * @throws DinokitError `file-not-found` where there are none
 */
export async function trainingPictures(named: readonly string[]): Promise<TrainingPictures> {
  const found = await expandInputs(named, true)
  if (found.length === 0) {
    throw new DinokitError('file-not-found', `There are no pictures in ${named.join(', ')}.`, {
      given: named.join(', '),
      expected: 'JPEG, PNG, WebP, AVIF, GIF or TIFF files',
    })
  }
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
