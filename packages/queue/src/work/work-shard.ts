import { DinokitError, type Vision } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'
import { fillStore, type Store } from '@dinokit/store'
import { UnrecoverableError, type Job } from 'bullmq'
import { isRemoteImage, type QueueImage } from '../plan/queue-image.ts'
import { makeJob, type NewJob } from '../queue/make-job.ts'
import { JOB_VERSION, packImages, unpackImages, type ShardJob } from '../queue/shard-job.ts'
import type { Queues } from '../queue/open-queues.ts'
import type { Bucket } from '../storage/s3-images.ts'
import type { Storage } from '../storage/storage.ts'
import { localImages } from './local-images.ts'
import { openPartStore } from './part-store.ts'
import { ImageFailed, type WorkerEvent } from './worker-options.ts'

/** Means of a worker of shards; all of it stays the caller's. */
export interface ShardTools {
  readonly queues: Queues
  /** Identity of the store. */
  readonly store: string
  /** Open for reading. */
  readonly published: Store
  readonly storage: Storage
  readonly vision: Vision<ImageSource>
  readonly batch?: number
  readonly bucket: Bucket
  /** For downloads. */
  readonly folder: string
  readonly onEvent: (event: WorkerEvent) => void
  readonly signal: AbortSignal
}

/** Tries of an image that comes over the network. */
const TRIES = 5
/** Failures that another try may mend. */
const PASSING: readonly string[] = ['download-failed', 'offline', 'download-corrupt', 'download-changed']

/**
 * Looks at the images of a job, and keeps their rows. An image that fails in a shard gets a job of its own, in which it fails
 * alone and stays in the failed list with its reason.
 *
 * @param job - taken from the queue
 * @param assertMine - throws where the job is another's by now
 * @param tools - what it works with
 */
export async function workShard(job: Job<ShardJob>, assertMine: () => Promise<void>, tools: ShardTools): Promise<void> {
  const { queues, published, storage, vision, batch, bucket, folder, onEvent, signal } = tools
  assertJob(job.data, tools)
  await published.refresh()
  const store = await openPartStore(published, storage, { shard: job.id!, attempt: job.attemptsStarted, assertMine })
  const local = localImages(unpackImages(job.data), folder, bucket, signal)
  const failed: { readonly image: QueueImage; readonly error: DinokitError }[] = []
  let [added, kept] = [0, 0]
  for await (const { image, outcome, error } of fillStore(vision, store, local.images, {
    ...(batch !== undefined && { batch }),
    size: published.layout.size,
    signal,
  })) {
    await local.forget(image)
    if (error) failed.push({ image, error: local.explain(image, error) })
    else if (outcome === 'kept') kept++
    else added++
  }
  if (job.name === 'image') {
    const [one] = failed
    if (!one) return
    const { image, error } = one
    const reason = `${error.message} (${error.code})`
    if (isRemoteImage(image.source) && PASSING.includes(error.code) && job.attemptsMade + 1 < TRIES) throw new ImageFailed(reason)
    onEvent({ kind: 'failed', id: image.id, source: image.source, error })
    throw new UnrecoverableError(reason)
  }
  await assertMine()
  if (failed.length > 0)
    await addOrRetry(
      queues,
      failed.map(({ image }) => makeJob('image', packImages(tools.store, [image]))),
    )
  onEvent({ kind: 'shard', images: local.images.length, added, kept, failed: failed.length })
}

/** Adds jobs of images; those that are in the failed list already are tried again, so that each failure is told. */
async function addOrRetry({ shards }: Queues, jobs: readonly NewJob[]): Promise<void> {
  const earlier = await Promise.all(jobs.map(({ opts }) => shards.getJob(opts.jobId!)))
  const added = jobs.filter((_, index) => !earlier[index])
  if (added.length > 0) await shards.addBulk(added)
  for (const job of earlier) if (await job?.isFailed()) await job!.retry('failed', { resetAttemptsMade: true })
}

function assertJob({ version, store }: ShardJob, tools: Pick<ShardTools, 'queues' | 'store'>): void {
  if (version > JOB_VERSION)
    throw new DinokitError('contract-mismatch', 'The queue holds work that a newer dinokit planned.', {
      given: `version ${version}`,
      expected: `version ${JOB_VERSION}`,
      hint: 'Update dinokit on this machine. Nothing was lost.',
    })
  if (store !== tools.store)
    throw new DinokitError('invalid-option', `The queue ${tools.queues.name} holds work for another store.`, {
      given: tools.store,
      expected: store,
      hint: 'Give the store that the work was planned for, or give each store a queue of its own, by --name.',
    })
}
