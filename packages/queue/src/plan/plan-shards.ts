import { assertNotAborted, DinokitError } from '@dinokit/core'
import { createSeenIds } from '@dinokit/image-files'
import type { Queues } from '../queue/open-queues.ts'
import { makeJob, type NewJob } from '../queue/make-job.ts'
import { packImages } from '../queue/shard-job.ts'
import type { Storage } from '../storage/storage.ts'
import { keepPlan } from './plan-files.ts'
import { assertOnlyQueue } from './only-queue.ts'
import type { QueueImage } from './queue-image.ts'
import { storeId } from './store-id.ts'

/** Options of {@link planShards}. */
export interface PlanOptions {
  /** Images of a shard. Default 1000. */
  readonly shard?: number
  /** Folder that was named: a worker that lacks it stops, rather than call every image missing. */
  readonly root?: string
  /** Told of an image whose id is another's too; the first is planned. */
  readonly onRepeated?: (image: QueueImage) => void
  /** Told how many images are planned. */
  readonly onProgress?: (images: number) => void
  readonly signal?: AbortSignal
}

/** Plan that was made. */
export interface Plan {
  readonly images: number
  readonly shards: number
  /** Images left out, whose id was there already. */
  readonly repeated: number
}

/** Default number of images of a shard. */
const SHARD = 1000
/** Jobs that are sent at a time: more of them would not be faster, and take memory. */
const SENT = 4

/**
 * Cuts images into shards, and adds a job for each to the queue. A shard that waits there already, with the same images, is not
 * added again: a plan that was interrupted may be made again.
 *
 * @param queues - of the store
 * @param storage - of the store
 * @param images - never held all at once; of an id, 16 bytes are
 * @param options - size of a shard
 * @throws DinokitError `invalid-option` where the queue holds jobs for another store, or the store has another queue, `queue-unreachable`, `aborted`
 */
export async function planShards(
  queues: Queues,
  storage: Storage,
  images: Iterable<QueueImage> | AsyncIterable<QueueImage>,
  { shard = SHARD, root, onRepeated, onProgress, signal }: PlanOptions = {},
): Promise<Plan> {
  const store = await storeId(storage)
  await assertOwnQueue(queues, store)
  await assertOnlyQueue(queues, storage)
  const ids = createSeenIds()
  let [shards, repeated] = [0, 0]
  let some: QueueImage[] = []
  let jobs: NewJob[] = []
  const send = async (): Promise<void> => {
    await queues.shards.addBulk(jobs)
    await keepPlan(storage, jobs)
    shards += jobs.length
    jobs = []
    onProgress?.(ids.size)
  }
  const cut = async (): Promise<void> => {
    if (some.length > 0) jobs.push(makeJob('shard', packImages(store, some, root)))
    some = []
    if (jobs.length >= SENT) await send()
  }
  for await (const image of images) {
    assertNotAborted(signal)
    if (!ids.add(image.id)) {
      repeated++
      onRepeated?.(image)
      continue
    }
    some.push(image)
    if (some.length >= shard) await cut()
  }
  await cut()
  if (jobs.length > 0) await send()
  return { images: ids.size, shards, repeated }
}

/**
 * Refuses a queue that holds jobs for another store.
 *
 * @throws DinokitError `invalid-option`
 */
export async function assertOwnQueue({ shards, name, address }: Queues, store: string): Promise<void> {
  const [job] = await shards.getJobs(['waiting', 'active', 'delayed', 'failed'], 0, 0)
  if (!job || job.data.store === store) return
  throw new DinokitError('invalid-option', `The queue ${name} at ${address.shown} holds work for another store.`, {
    given: store,
    expected: job.data.store,
    hint: 'Give each store a queue of its own, by --name.',
  })
}
