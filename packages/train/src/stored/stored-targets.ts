import {
  DinokitError,
  fingerprintOf,
  patchMean,
  preprocess,
  tensor,
  type Backbone,
  type ImageReader,
  type Runtime,
  type Tensor,
} from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { ImageToStore, Store, StoreLayout, StoreReport, StoreRow } from '@dinokit/store'
import { assertTargets, type DenoisedTargetsRecipe } from '../denoising/denoise-recipe.ts'
import { createDenoisingTeacher } from '../denoising/denoised-targets.ts'
import type { DenoisedTargetsCache } from '../denoising/denoise.ts'
import { planWindows } from '../denoising/windows.ts'

/** Name of the last layer’s attention in the store. */
function attentionName(depth: number): string {
  return `layer${depth}.classAttention`
}

/**
 * The layout of a store of averaged targets, in 16 bits. Its fingerprint says how they were averaged, so that they are never mixed with
 * tokens as they are.
 *
 * @param teacher - who looks
 * @param recipe - sizes of images, windows and padding
 * @param seed - by which windows are drawn
 * @throws DinokitError `invalid-option`, `size-invalid`
 */
export function targetsLayout(teacher: Backbone, recipe: DenoisedTargetsRecipe, seed: number): StoreLayout {
  assertTargets(recipe, teacher.card)
  const { patch, dim, heads, depth } = teacher.card.architecture
  const { size, targetWindow, targetWindows, targetPadding } = recipe
  const fingerprint = fingerprintOf(teacher)
  const averaged = `${fingerprint.preprocessing}-size${size}-average${targetWindows}x${targetWindow}-padding${targetPadding}-seed${seed}`
  const side = size / patch
  return {
    version: 2,
    fingerprint: { ...fingerprint, preprocessing: averaged },
    size,
    dtype: 'float16',
    tensors: { cls: [dim], patches: [side, side, dim], [attentionName(depth)]: [heads, side, side] },
  }
}

/** Options of {@link fillTargets}. */
export interface FillTargetsOptions<Source> extends DenoisedTargetsRecipe {
  /** Images of different ids, each with a hash. */
  readonly images: readonly ImageToStore<Source>[]
  /** Seed of windows. */
  readonly seed: number
  /** Cancels the work; what was looked at so far is kept first. */
  readonly signal?: AbortSignal
}

/** Rows are kept when so many wait, or the first of them so long. */
const WAITING = { rows: 32, ms: 10_000 }
const READ_TOGETHER = 1024

/**
 * Makes the averaged targets of images, once: what the store has already, by content, is not looked at again, so that a run that was
 * interrupted, or killed, goes on where it was.
 *
 * @param runtime - decodes images, makes sessions
 * @param teacher - stays open, and the caller's
 * @param store - of {@link targetsLayout}, open for writing
 * @param options - images, recipe, cancellation
 * @throws DinokitError `aborted`, and what `Store.append` throws; never for one image
 */
export async function* fillTargets<Source>(
  runtime: ImageReader<Source> & Pick<Runtime, 'createSession'>,
  teacher: Backbone,
  store: Store,
  { images, ...options }: FillTargetsOptions<Source>,
): AsyncGenerator<StoreReport<Source>, void, undefined> {
  const { size, targetWindow, targetWindows, targetPadding: padding, seed, signal } = options
  const { preprocessing, architecture } = teacher.card
  const { patch, depth } = architecture
  const [side, grid] = [targetWindow / patch, size / patch + 2 * padding]
  const running = signal ? { signal } : {}
  await using looking = createDenoisingTeacher(runtime, teacher)
  let waiting: { readonly row: StoreRow; readonly image: ImageToStore<Source> }[] = []
  let since = performance.now()
  const keep = async (): Promise<StoreReport<Source>[]> => {
    const kept = waiting
    waiting = []
    if (kept.length > 0) await store.append(kept.map(({ row }) => row))
    return kept.map(({ image }) => ({ image, outcome: 'added' }))
  }
  try {
    const known = await hashesIn(store, images)
    for (const image of images) {
      let row: StoreRow
      try {
        const hash = await hashOf(image)
        if (known.get(image.id) === hash) {
          yield { image, outcome: 'kept' }
          continue
        }
        const { pixels, placement } = preprocess(await runtime.decodeImage(image.image, running), { preprocessing, patch, size })
        // The windows of an image depend on its content and the seed: the same whatever lies beside it.
        const offsets = planWindows(grid, side, targetWindows, createRandom(seed, parseInt(hash.slice(0, 12), 16)))
        const { patches, attention } = await looking.targets(pixels, { padding, side, offsets }, running)
        row = {
          id: image.id,
          source: image.source,
          hash,
          placement,
          tensors: { cls: patchMean(patches), patches, [attentionName(depth)]: attention },
        }
      } catch (cause) {
        if (!DinokitError.is(cause) || cause.code === 'aborted') throw cause
        yield { image, error: cause }
        continue
      }
      if (waiting.length === 0) since = performance.now()
      waiting.push({ row, image })
      if (waiting.length >= WAITING.rows || performance.now() - since > WAITING.ms) yield* await keep()
    }
    yield* await keep()
  } finally {
    // Whatever happens, what was looked at is kept.
    await keep()
  }
}

/** Hashes of the images that a store has, by id. */
async function hashesIn(store: Store, images: readonly { readonly id: string }[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let from = 0; from < images.length; from += READ_TOGETHER) {
    const ids = images.slice(from, from + READ_TOGETHER).map(({ id }) => id)
    const { rows } = await store.get(ids, { fields: ['id', 'hash'], tensors: [] })
    for (const { id, hash } of rows) found.set(id, hash)
  }
  return found
}

/**
 * Averaged targets as a store keeps them.
 *
 * @param store - of {@link targetsLayout}
 * @param idOf - the row of an image
 */
export function storedTargets<Source>(store: Store, idOf: (source: Source) => string): DenoisedTargetsCache<Source> {
  const name = Object.keys(store.layout.tensors).find((each) => each.endsWith('.classAttention'))!
  return {
    async read(sources) {
      // A batch that ends one pass and begins the next may have an image twice.
      const wanted = [...new Set(sources.map(idOf))]
      const { tensors } = await store.get(wanted, { fields: ['id'], tensors: ['patches', name] })
      const rows = new Map(
        wanted.map((id, index) => [id, { patches: rowOf(tensors.patches!, index), attention: rowOf(tensors[name]!, index) }]),
      )
      return sources.map((source) => rows.get(idOf(source))!)
    },
  }
}

function rowOf({ data, shape: [count, ...shape] }: Tensor, index: number): Tensor {
  const length = data.length / count!
  return tensor('float32', data.subarray(index * length, (index + 1) * length), shape)
}

async function hashOf<Source>(image: ImageToStore<Source>): Promise<string> {
  if (image.hash) return image.hash()
  throw new DinokitError('invalid-option', `${image.id} has no hash.`, { given: 'no hash', expected: 'hash(), the sha256 of its file' })
}
