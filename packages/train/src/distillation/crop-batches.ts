import { DinokitError, type ImageReader } from '@dinokit/core'
import { createRandom, streamCrops, type CropItem, type MultiCrop, type MultiCropRecipe } from '@dinokit/core/augment'

/** The image that a training looks at next. */
export interface DataCursor {
  /** Number of the pass over the images, counted from 0. */
  readonly epoch: number
  /** Place in that pass's order. */
  readonly index: number
}

/** Options of {@link cropBatches}. */
export interface CropBatchesOptions<Source> {
  /** The crops of each image. */
  readonly recipe: MultiCropRecipe
  /** Decides on the order of every pass and on the crops. */
  readonly seed: number
  /** Images of one batch; every batch has as many. */
  readonly batch: number
  /** Where to go on. Default: at the beginning. */
  readonly from?: DataCursor
  /** Told of every image that can't be read, each time that its turn comes; the next one takes its place. */
  readonly onSkipped?: (source: Source, error: DinokitError) => void
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** Images of one training step. */
export interface CropBatch<Source = unknown> {
  readonly crops: readonly MultiCrop[]
  /** The image of each. */
  readonly sources: readonly Source[]
  /** Cursor after this batch. */
  readonly next: DataCursor
}

/**
 * Batches for training, without end: pass after pass over the images, each in an order of its own, cropped while the
 * session works. The batches that follow a place depend on the seed and that place alone, so that a training can be taken
 * up there.
 *
 * @param runtime - that decodes, and crops
 * @param sources - all the images, in the same order every time
 * @param options - recipe, seed, batch
 * @throws DinokitError `file-not-found` without images, `image-unreadable` where none of them can be read, `aborted`
 */
export async function* cropBatches<Source>(
  runtime: ImageReader<Source>,
  sources: readonly Source[],
  options: CropBatchesOptions<Source>,
): AsyncGenerator<CropBatch<Source>, never, undefined> {
  const { batch, from = { epoch: 0, index: 0 } } = options
  if (sources.length === 0) throw new DinokitError('file-not-found', 'There are no images to train on.', { given: '0 images' })
  let read: { readonly crops: MultiCrop; readonly source: Source }[] = []
  for (let { epoch, index } = from, readable = index > 0; ; epoch++, index = 0, readable = false) {
    for await (const item of passOver(runtime, sources, { epoch, index }, options)) {
      if (item.error) {
        options.onSkipped?.(item.source, item.error)
        continue
      }
      readable = true
      read.push(item)
      if (read.length < batch) continue
      yield {
        crops: read.map(({ crops }) => crops),
        sources: read.map(({ source }) => source),
        next: { epoch, index: item.index + 1 },
      }
      read = []
    }
    if (!readable) {
      throw new DinokitError('image-unreadable', 'None of the images can be read.', { given: `${sources.length} images` })
    }
  }
}

/** Yields the rest of one pass, image by image. */
async function* passOver<Source>(
  runtime: ImageReader<Source>,
  sources: readonly Source[],
  { epoch, index }: DataCursor,
  { recipe, seed, batch, signal }: CropBatchesOptions<Source>,
): AsyncGenerator<CropItem<Source>, void, undefined> {
  const order = createRandom(seed, epoch).shuffle(sources)
  const groups = streamCrops(runtime, order.slice(index), { recipe, seed, epoch, first: index, ahead: batch, ...(signal && { signal }) })
  for await (const group of groups) yield* group
}
