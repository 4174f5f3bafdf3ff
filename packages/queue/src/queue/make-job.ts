import type { BulkJobOptions } from 'bullmq'
import { createHash } from 'node:crypto'
import type { ShardJob } from './shard-job.ts'

/** The largest count that PostgreSQL's integers hold, and a sum of two. */
export const COUNTLESS = 1_000_000_000
/** Wait before another try in milliseconds; it varies by half, so that workers don't come together. */
export const WAIT_MS = 2000

/** A job as it is added to the queue of shards. */
export interface NewJob {
  readonly name: 'shard' | 'image'
  readonly data: ShardJob
  readonly opts: BulkJobOptions
}

/**
 * Makes a job, named after what it holds, so that the same one is not added twice. However often it is cut short, by a worker
 * that dies or a queue that does not answer, it is tried again: only an image's own failure ends a job.
 *
 * @param name - `image` for one that has failed in a shard
 * @param data - its images
 */
export function makeJob(name: NewJob['name'], data: ShardJob): NewJob {
  return {
    name,
    data,
    opts: {
      jobId: `${name}-${createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 32)}`,
      removeOnComplete: true,
      attempts: COUNTLESS,
      stackTraceLimit: 1,
      backoff: { type: name === 'image' ? 'exponential' : 'fixed', delay: WAIT_MS, jitter: 0.5 },
    },
  }
}
