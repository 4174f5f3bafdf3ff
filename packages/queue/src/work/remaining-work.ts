import { countOpen } from '../queue/count-jobs.ts'
import type { Queues } from '../queue/open-queues.ts'
import type { Storage } from '../storage/storage.ts'
import { PARTS } from './part-files.ts'
import { UNPACKED } from './merge-parts.ts'
import type { WorkerRunOptions } from './worker-options.ts'

const PUBLISH_SECONDS = 10

/**
 * Whether work is left: `working` while there are shards, `publishing` where rows wait to be merged or packed and nobody is at
 * it.
 */
export async function isWorkLeft(queues: Queues, storage: Storage): Promise<'working' | 'publishing' | false> {
  if ((await countOpen(queues.merges)) > 0 || (await countOpen(queues.shards)) > 0) return 'working'
  const waiting = (await storage.list(PARTS)).length > 0 || (await storage.get(UNPACKED)) !== undefined
  return waiting ? 'publishing' : false
}

/** Asks for a publishing: one waits at most, and one that is under way is followed by another. */
export async function requestPublishing(
  { merges, ahead }: Queues,
  { publishSeconds = PUBLISH_SECONDS }: Pick<WorkerRunOptions, 'publishSeconds'>,
): Promise<void> {
  await merges.add(
    'merge',
    {},
    {
      delay: Math.round(1000 * publishSeconds),
      // BullMQ tells by the clock of each worker whether a job is due: others must not wait for one that is ahead.
      timestamp: Date.now() - ahead,
      removeOnComplete: true,
      removeOnFail: true,
      deduplication: { id: 'merge', keepLastIfActive: true },
    },
  )
}
