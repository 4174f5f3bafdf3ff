import type { JobType, Queue } from 'bullmq'

/** Jobs of a queue, by how far they are. */
export interface JobCounts {
  readonly waiting: number
  readonly active: number
  /** Those that wait for another try, or for their time. */
  readonly delayed: number
  readonly failed: number
}

// Jobs of a queue on PostgreSQL that is paused are `paused`, which BullMQ's types don't know; on Redis they stay `waiting`.
const TYPES = ['waiting', 'prioritized', 'paused', 'active', 'delayed', 'failed'] as JobType[]

/** Counts jobs. */
export async function countJobs(queue: Pick<Queue, 'getJobCounts'>): Promise<JobCounts> {
  const { waiting = 0, prioritized = 0, paused = 0, active = 0, delayed = 0, failed = 0 } = await queue.getJobCounts(...TYPES)
  return { waiting: waiting + prioritized + paused, active, delayed, failed }
}

/** Counts jobs that are not done. */
export async function countOpen(queue: Pick<Queue, 'getJobCounts'>): Promise<number> {
  const { waiting, active, delayed } = await countJobs(queue)
  return waiting + active + delayed
}
