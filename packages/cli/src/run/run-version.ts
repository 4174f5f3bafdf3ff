import type { RunDescription } from './run-difference.ts'

/** Version of run folders. Version 1 wrote `pictures` and `picturesPerSecond` for `images` and `imagesPerSecond`. */
export const RUN_VERSION = 2

/**
 * What a run is, in the words of today.
 *
 * @param version - of the folder that says it
 * @param recipe - as the folder says it
 */
export function currentRecipe(version: number, recipe: RunDescription): RunDescription {
  return version === 1 ? renamed(recipe, 'pictures', 'images') : recipe
}

/**
 * A line of a log, in the words of today.
 *
 * @param entry - as it was logged, by any version
 */
export function currentEntry<Entry extends Readonly<Record<string, unknown>>>(entry: Entry): Entry {
  return renamed(entry, 'picturesPerSecond', 'imagesPerSecond')
}

/** The same in the same order, with another name for one key. */
function renamed<T extends Readonly<Record<string, unknown>>>(object: T, from: string, to: string): T {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key === from ? to : key, value])) as T
}
