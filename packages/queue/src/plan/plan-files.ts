import type { Store } from '@dinokit/store'
import { failedImages } from '../jobs/failed-images.ts'
import { makeJob, type NewJob } from '../queue/make-job.ts'
import type { Queues } from '../queue/open-queues.ts'
import { unpackImages, type ShardJob } from '../queue/shard-job.ts'
import type { Storage } from '../storage/storage.ts'

/** Where a store keeps what was planned for it, until all of it is there. */
const PLANNED = 'queue/plan/'
/** Ids that are looked up at a time: from some thousands on, a store goes through all of its rows once. */
const LOOKED_UP = 50_000

/**
 * Keeps what was planned beside the store, where the end of the work is compared with it: so a queue that forgets a job is found
 * out.
 *
 * @param storage - of the store
 * @param jobs - that are in the queue
 */
export async function keepPlan(storage: Storage, jobs: readonly NewJob[]): Promise<void> {
  await Promise.all(
    jobs.map(({ data, opts }) => storage.put(`${PLANNED}${opts.jobId}.json`, new TextEncoder().encode(JSON.stringify(data)))),
  )
}

/** Planned images of which there is no row, and no failure either. */
export interface LostImages {
  readonly ids: readonly string[]
  /** The jobs that they were in. */
  readonly jobs: readonly NewJob[]
}

/**
 * Compares what was planned with the store. A plan whose images all have a row, or are in the failed list, is forgotten. To be
 * asked when no job is left, and nothing waits to be merged.
 *
 * @param queues - stay the caller's
 * @param storage - of the store
 * @param store - open for reading; is refreshed
 */
export async function findLost(queues: Queues, storage: Storage, store: Pick<Store, 'get' | 'refresh'>): Promise<LostImages> {
  const [ids, jobs]: [string[], NewJob[]] = [[], []]
  const keys = await storage.list(PLANNED)
  if (keys.length === 0) return { ids, jobs }
  await store.refresh()
  const failed = new Set<string>()
  for await (const { id } of failedImages(queues)) failed.add(id)
  let waiting: { readonly key: string; readonly data: ShardJob; readonly ids: readonly string[] }[] = []
  let count = 0
  const compare = async (): Promise<void> => {
    const { rows } = await store.get(
      waiting.flatMap((plan) => plan.ids),
      { fields: ['id'], tensors: [] },
    )
    const there = new Set(rows.map(({ id }) => id))
    const settled: string[] = []
    for (const plan of waiting) {
      const lost = plan.ids.filter((id) => !there.has(id) && !failed.has(id))
      for (const id of lost) ids.push(id)
      if (lost.length > 0) jobs.push(makeJob('shard', plan.data))
      else settled.push(plan.key)
    }
    await storage.remove(settled)
    waiting = []
    count = 0
  }
  for (const key of keys) {
    const bytes = await storage.get(key)
    // Settled by another worker.
    if (!bytes) continue
    const data = JSON.parse(new TextDecoder().decode(bytes)) as ShardJob
    const planned = unpackImages(data).map(({ id }) => id)
    waiting.push({ key, data, ids: planned })
    count += planned.length
    if (count >= LOOKED_UP) await compare()
  }
  if (waiting.length > 0) await compare()
  return { ids, jobs }
}
