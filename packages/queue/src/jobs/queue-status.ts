import { openLanceStore } from '@dinokit/store-node'
import { storeOptions } from '../storage/store-options.ts'
import { openStorage } from '../storage/open-storage.ts'
import { countJobs, type JobCounts } from '../queue/count-jobs.ts'
import type { Queues } from '../queue/open-queues.ts'
import { PARTS } from '../work/part-files.ts'

/** State of a queue: its shards, and images that are tried again alone or are in the failed list. */
export interface QueueStatus extends JobCounts {
  readonly paused: boolean
  readonly workers: number
  /** Shards at which workers have died three times or more: an image in one of them may end its process. */
  readonly oftenStalled: readonly string[]
  /** Rows that readers see, and files of rows that wait to be published; where a store was given. */
  readonly rows?: number
  readonly unpublished?: number
}

const OFTEN = 3
const LOOKED_AT = 100

/**
 * Reads how far a queue is.
 *
 * @param queues - stay the caller's
 * @param store - where its store is
 */
export async function queueStatus({ shards }: Queues, store?: string): Promise<QueueStatus> {
  const some = await shards.getJobs(['active', 'waiting'], 0, LOOKED_AT)
  return {
    paused: await shards.isPaused(),
    ...(await countJobs(shards)),
    workers: await shards.getWorkersCount(),
    oftenStalled: some.flatMap((job) => (job.stalledCounter >= OFTEN ? [`${job.data.source}${shown(job.data.images[0])}…`] : [])),
    ...(store !== undefined && (await storeStatus(store))),
  }
}

function shown(image: string | { readonly source: string } | undefined): string {
  return typeof image === 'object' ? image.source : (image ?? '')
}

async function storeStatus(location: string): Promise<{ readonly rows: number; readonly unpublished: number }> {
  await using store = await openLanceStore(location, storeOptions(location))
  const storage = await openStorage(location, false)
  try {
    return { rows: await store.count(), unpublished: (await storage.list(PARTS)).length }
  } finally {
    storage.close()
  }
}
