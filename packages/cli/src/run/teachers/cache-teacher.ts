import { createVision, tensor, type Backbone, type DinokitError, type Tensor } from '@dinokit/core'
import { type ImageSource } from '@dinokit/runtime-node'
import { fillStore, layoutFor, type ImageToStore, type Store } from '@dinokit/store'
import type { TeacherCache } from '@dinokit/train'
import { openStore } from '../../input/open-store.ts'
import { imagesToStore } from '@dinokit/image-files'
import type { CommandContext } from '../../output/command-context.ts'
import { commandRuntime } from '../../input/command-runtime.ts'

/** Options of {@link cacheTeacher}. */
export interface CacheTeacherOptions {
  /** Folder of the store, which is made where it is not there. */
  readonly location: string
  /** Side of the crops in pixels. */
  readonly size: number
  /** Folders, files or globs. */
  readonly data: readonly string[]
  /** Told of every image that can’t be looked at. */
  readonly onSkipped?: (source: string, error: DinokitError) => void
}

/** A store of what a teacher said of images. Whoever makes it closes it. */
export interface CachedTeacher extends TeacherCache<string> {
  /** The images that are in it: paths, in the same order every time. */
  readonly sources: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Lets a teacher look at the center of images once, and keeps its tokens in a store: what is there already is not looked at
 * again.
 *
 * @param context - says how it goes; its signal ends the work, and what was looked at is kept
 * @param teacher - is closed; its card stays good
 * @param options - images, store
 * @throws DinokitError `fingerprint-mismatch` where the store is another teacher's or of another size, `invalid-option` where it
 *   holds other tensors, `aborted`, and those of stores
 */
export async function cacheTeacher(
  { output, signal }: CommandContext,
  teacher: Backbone,
  { location, size, data, onSkipped }: CacheTeacherOptions,
): Promise<CachedTeacher> {
  const { images: found } = await imagesToStore(data, {})
  const images = found.flatMap(({ image, name }) => (image ? [{ ...image, name }] : []))
  const ids = new Map<string, string>()
  let done = 0
  {
    await using vision = await createVision<ImageSource>(commandRuntime(), teacher, { size, signal })
    await using store: Store = await openStore(location, { layout: layoutFor(vision, { size, patches: true }) })
    output.advance(0, images.length)
    for await (const { image, error } of fillStore<ImageSource>(vision, store, images, { signal })) {
      const { name, id } = image as ImageToStore<ImageSource> & { readonly name: string }
      if (error) onSkipped?.(name, error)
      else ids.set(name, id)
      output.advance(++done, images.length)
    }
  }
  output.end()
  const store = await openStore(location)
  return {
    sources: images.flatMap(({ name }) => (ids.has(name) ? [name] : [])),
    async read(sources) {
      // A batch that ends one pass and begins the next may have an image twice.
      const wanted = [...new Set(sources.map((source) => ids.get(source)!))]
      const { tensors } = await store.get(wanted, { fields: ['id'], tensors: ['cls', 'patches'] })
      const row = ({ data, shape: [count, ...shape] }: Tensor, index: number): Tensor => {
        const length = data.length / count!
        return tensor('float32', data.subarray(index * length, (index + 1) * length), shape)
      }
      const rows = new Map(wanted.map((id, index) => [id, { cls: row(tensors.cls!, index), patches: row(tensors.patches!, index) }]))
      return sources.map((source) => rows.get(ids.get(source)!)!)
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}
