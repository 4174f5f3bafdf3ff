import type { Backbone, DinokitError } from '@dinokit/core'
import { imagesToStore } from '@dinokit/image-files'
import type { DenoisedTargetsCache, DenoiseRecipe } from '@dinokit/train'
import { fillTargets, storedTargets, targetsLayout } from '@dinokit/train/stored'
import { commandRuntime } from '../../input/command-runtime.ts'
import { openStore } from '../../input/open-store.ts'
import type { CommandContext } from '../../output/command-context.ts'

/** Options of {@link cacheTargets}. */
export interface CacheTargetsOptions {
  /** Folder of the store, which is made where it is not there. */
  readonly location: string
  readonly recipe: DenoiseRecipe
  /** Folders, files or globs. */
  readonly data: readonly string[]
  /** Told of every image that can’t be looked at. */
  readonly onSkipped?: (source: string, error: DinokitError) => void
}

/** Averaged targets of images. Whoever makes it closes it. */
export interface CachedTargets extends DenoisedTargetsCache<string> {
  /** The images that are in it: paths, in the same order every time. */
  readonly sources: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Averages what a teacher sees of images over windows, once, and keeps it in a store: what is there already is not looked at again.
 *
 * @param context - says how it goes; its signal ends the work, and what was looked at is kept
 * @param teacher - stays open
 * @param options - images, store, recipe
 * @throws DinokitError `fingerprint-mismatch` where the store is another teacher's or of other windows, `aborted`, and those of stores
 */
export async function cacheTargets(
  { output, signal }: CommandContext,
  teacher: Backbone,
  { location, recipe, data, onSkipped }: CacheTargetsOptions,
): Promise<CachedTargets> {
  const { images: found } = await imagesToStore(data, {})
  const images = found.flatMap(({ image, name }) => (image ? [{ ...image, name }] : []))
  const ids = new Map<string, string>()
  let done = 0
  {
    await using store = await openStore(location, { layout: targetsLayout(teacher, recipe, recipe.seed) })
    output.advance(0, images.length, 'images averaged')
    const named = new Map(images.map(({ id, name }) => [id, name]))
    for await (const { image, error } of fillTargets(commandRuntime(), teacher, store, { ...recipe, images, signal })) {
      if (error) onSkipped?.(named.get(image.id)!, error)
      output.advance(++done, images.length, 'images averaged')
      if (!error) ids.set(image.source, image.id)
    }
  }
  output.end()
  const store = await openStore(location)
  // Paths as they were named, in the order of the search.
  const sourceOf = new Map(images.map(({ name, source }) => [name, source]))
  const cache = storedTargets<string>(store, (name) => ids.get(sourceOf.get(name)!)!)
  return {
    ...cache,
    sources: images.flatMap(({ name, source }) => (ids.has(source) ? [name] : [])),
    [Symbol.asyncDispose]: () => store.close(),
  }
}
