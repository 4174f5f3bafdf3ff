import { DinokitError, type Vision } from '@dinokit/core'
import type { ImagesToStore } from '@dinokit/image-files'
import type { ImageSource } from '@dinokit/runtime-node'
import { bytesPerRow, type ImageToStore, type StoreLayout } from '@dinokit/store'
import { openStore } from '../../input/open-store.ts'
import type { IndexOptions } from '../../options/index-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { describeBytes } from '../../output/describe-bytes.ts'
import { describeTime } from '../../output/time-left.ts'
import { evenly } from './evenly.ts'
import { layoutOf, openFor } from './open-for-index.ts'

/** Images that are looked at before the clock starts, while threads do, and those that are timed. */
const [WARM_UP, SAMPLE] = [8, 64]
/** Bytes of a row's hash, key and placement. */
const ROW_BYTES = 64 + 8 + 48

/**
 * Tells how long indexing would take and how much room, by a sample of the images that the store lacks. Writes nothing.
 *
 * @param context - of the command
 * @param found - the images
 * @param options - of the command
 * @throws DinokitError those of models and stores, `aborted`
 */
export async function estimateIndex(context: CommandContext, found: ImagesToStore, options: IndexOptions): Promise<void> {
  const { output, signal } = context
  const images: ImageToStore<string>[] = []
  for (const { name, image, error } of found.images) {
    if (error) output.failure(name, error)
    else images.push(image)
  }
  await using vision = await openFor(context, options)
  const layout = layoutOf(vision, options)
  const left = await lackingRows(options.store, images)
  const rate = await measureRate(vision, evenly(left, WARM_UP + SAMPLE), options, signal)
  const workers = options.workers ?? 1
  const bytes = Math.round(left.reduce((sum, image) => sum + bytesOf(image, layout), 0))
  const seconds = rate === undefined ? 0 : left.length / (rate * workers)
  output.report(
    options.store,
    { images: images.length, left: left.length, imagesPerSecond: rate, bytes, workers, seconds },
    [
      `${options.store}: ${left.length} of ${images.length} images are not there`,
      ...(rate === undefined
        ? []
        : [
            `${rate.toFixed(1)} images/s here, on a sample`,
            `${describeBytes(bytes)} on disk`,
            `${describeTime(seconds)} with ${workers === 1 ? 'one worker' : `${workers} workers`} like this one`,
          ]),
    ].join('; '),
  )
}

/** Images whose id has no row. */
async function lackingRows(location: string, images: readonly ImageToStore<string>[]): Promise<readonly ImageToStore<string>[]> {
  try {
    await using store = await openStore(location)
    const { rows } = await store.get(
      images.map(({ id }) => id),
      { fields: ['id'], tensors: [] },
    )
    const there = new Set(rows.map(({ id }) => id))
    return images.filter(({ id }) => !there.has(id))
  } catch (cause) {
    if (DinokitError.is(cause, 'file-not-found')) return images
    throw cause
  }
}

/** Images per second, after some to warm up; undefined where there is none to look at. */
async function measureRate(
  vision: Vision<ImageSource>,
  sample: readonly ImageToStore<string>[],
  { batch }: IndexOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  const first = Math.min(WARM_UP, Math.floor(sample.length / 2))
  let [looked, started, last] = [0, performance.now(), 0]
  const sources = sample.map(({ image }) => image)
  for await (const { error } of vision.stream(sources, { signal, ...(batch !== undefined && { batch }) })) {
    if (error) continue
    last = performance.now()
    if (++looked === first) started = last
  }
  return looked > first ? (1000 * (looked - first)) / (last - started) : undefined
}

function bytesOf({ id, source, label, annotation, split }: ImageToStore<string>, layout: StoreLayout): number {
  const texts = [id, source, label, annotation, split].reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0)
  return ROW_BYTES + texts + bytesPerRow(layout) / (layout.dtype === 'float16' ? 2 : 1)
}
