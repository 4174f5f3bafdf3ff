import { renameKey } from '@dinokit/core'
import type { TrainerState } from '@dinokit/train'
import type { RunDescription } from './run-difference.ts'

/**
 * Version of run folders. Version 1 wrote `pictures` and `picturesPerSecond` for `images` and `imagesPerSecond`, and `centring` and
 * `centre.` for `centering` and `center.`; of a teacher it kept the digest of the weights, and the precision beside.
 */
export const RUN_VERSION = 2

/**
 * Converts the description of a run to today's keys.
 *
 * @param version - of the folder that says it
 * @param recipe - as the folder says it
 */
export function currentRecipe(version: number, recipe: RunDescription): RunDescription {
  if (version !== 1) return recipe
  const { targets, teacher, precision, ...rest } = renameKey(recipe, 'pictures', 'images')
  return {
    ...rest,
    ...(targets !== undefined && { targets: targets === 'centring' ? 'centering' : targets }),
    ...(teacher !== undefined && { teacher: { weights: teacher, precision } }),
  }
}

/**
 * A line of a log, in the words of today.
 *
 * @param entry - as it was logged, by any version
 */
export function currentEntry<Entry extends Readonly<Record<string, unknown>>>(entry: Entry): Entry {
  return renameKey(entry, 'picturesPerSecond', 'imagesPerSecond')
}

/**
 * The tensors of a run's state, under the names of today.
 *
 * @param version - of the folder that has them
 * @param tensors - by the names of that version
 */
export function currentTensors(version: number, tensors: TrainerState['tensors']): TrainerState['tensors'] {
  if (version !== 1) return tensors
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name.replace(/\bcentre\./, 'center.'), tensor]))
}
