import type { Queues } from '../queue/open-queues.ts'
import { unpackImages } from '../queue/shard-job.ts'

/** An image in the failed list. */
export interface FailedImage {
  readonly id: string
  readonly source: string
  readonly reason: string
}

/** Jobs that are read at a time. */
const READ = 200

/**
 * The images that have failed, each with its reason, the latest first.
 *
 * @param queues - stay the caller's
 */
export async function* failedImages({ shards }: Queues): AsyncGenerator<FailedImage, void, undefined> {
  for (let start = 0; ; start += READ) {
    const jobs = await shards.getFailed(start, start + READ - 1)
    for (const { name, data, failedReason: reason } of jobs)
      if (name === 'image') for (const { id, source } of unpackImages(data)) yield { id, source, reason }
    if (jobs.length < READ) return
  }
}

/**
 * Puts the images of the failed list into the queue again.
 *
 * @param queues - stay the caller's
 * @returns how many
 */
export async function retryFailed({ shards }: Queues): Promise<number> {
  const count = await shards.getFailedCount()
  for (let left = count; left > 0; left -= READ) {
    // The oldest: those that fail again meanwhile come last. Tries are counted anew.
    const jobs = await shards.getJobs(['failed'], 0, Math.min(READ, left) - 1, true)
    await Promise.all(jobs.map((job) => job.retry('failed', { resetAttemptsMade: true })))
  }
  return count
}
