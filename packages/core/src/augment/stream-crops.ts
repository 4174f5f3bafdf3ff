import { assertNotAborted } from '../checks/assert-not-aborted.ts'
import { assertSources } from '../checks/assert-sources.ts'
import type { MultiCropRecipe } from './crop-recipe.ts'
import type { DinokitError } from '../contract/dinokit-error.ts'
import { assertStreamOptions } from '../checks/assert-stream-options.ts'
import { readAhead } from '../vision/read-ahead.ts'
import { asDinokitError } from '../vision/run-attempts.ts'
import { multiCrop, type MultiCrop } from './multi-crop.ts'
import { createRandom } from './random.ts'
import type { CropOptions, DecodeOptions, ImageReader } from '../contract/runtime.ts'

/** Options of {@link streamCrops}. */
export interface StreamCropsOptions extends DecodeOptions {
  /** The crops that are made of each image. */
  readonly recipe: MultiCropRecipe
  /** With an image's index it decides on the crops: a whole number. Take another for each epoch: see `epoch`. */
  readonly seed: number
  /** Number of the pass over the images: each has crops of its own. Default 0. */
  readonly epoch?: number
  /** Index of the first of the sources, where an interrupted pass goes on. Default 0. */
  readonly first?: number
  /** Images that are given at once. Default 1. */
  readonly batch?: number
  /** Images that are decoded and cropped ahead of the consumer. They bound the memory. Default twice `batch`. */
  readonly ahead?: number
}

/** Result of one image: its crops, or why it has none. */
export type CropItem<Source> =
  | { readonly index: number; readonly source: Source; readonly crops: MultiCrop; readonly error?: never }
  | { readonly index: number; readonly source: Source; readonly crops?: never; readonly error: DinokitError }

/**
 * Makes random crops of many images while a session works on those before, on a thread of the runtime's where it has one
 * for that. Memory stays bounded, the order is kept, and an image that fails is reported in its place. The crops of an image
 * depend on the seed, the epoch and its index alone.
 *
 * @param runtime - that decodes, and crops
 * @param sources - images in the order of training
 * @param options - recipe, seed and batch
 * @returns groups of `batch` images; the last may be smaller
 * @throws DinokitError `invalid-option`, `aborted`, and what `sources` itself throws; never for one image
 */
export async function* streamCrops<Source>(
  runtime: ImageReader<Source>,
  sources: Iterable<Source> | AsyncIterable<Source>,
  options: StreamCropsOptions,
): AsyncGenerator<CropItem<Source>[], void, undefined> {
  const { recipe, seed, epoch = 0, first = 0, batch = 1, ahead = 2 * batch, pixelLimit, stallMs, signal } = options
  assertStreamOptions(batch, ahead)
  assertSources(sources)
  createRandom(seed, epoch, first)
  const make = async (source: Source, position: number): Promise<CropItem<Source>> => {
    const index = first + position
    const reading = {
      ...(pixelLimit !== undefined && { pixelLimit }),
      ...(stallMs !== undefined && { stallMs }),
      ...(signal && { signal }),
    }
    try {
      return { index, source, crops: await cropImage(runtime, source, { recipe, keys: [seed, epoch, index], ...reading }) }
    } catch (cause) {
      return { index, source, error: asDinokitError(cause) }
    }
  }
  assertNotAborted(signal)
  for await (const group of readAhead(sources, make, { batch, ahead })) {
    assertNotAborted(signal)
    yield group
  }
}

async function cropImage<Source>(runtime: ImageReader<Source>, source: Source, options: CropOptions): Promise<MultiCrop> {
  if (runtime.cropImage) return runtime.cropImage(source, options)
  const { recipe, keys, ...reading } = options
  return multiCrop(await runtime.decodeImage(source, reading), recipe, createRandom(...keys))
}
