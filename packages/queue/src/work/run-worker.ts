import { DinokitError } from '@dinokit/core'
import { assertSameFingerprint, type Store } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { DelayedError, UnrecoverableError, WaitingError, type Job, type Worker } from 'bullmq'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertOwnQueue } from '../plan/plan-shards.ts'
import { assertOnlyQueue } from '../plan/only-queue.ts'
import { findLost } from '../plan/plan-files.ts'
import { storeId } from '../plan/store-id.ts'
import { COUNTLESS, WAIT_MS } from '../queue/make-job.ts'
import { openQueues, type MergeJob, type Queues } from '../queue/open-queues.ts'
import { isConnectionLost, queueError } from '../queue/queue-error.ts'
import type { ShardJob } from '../queue/shard-job.ts'
import { openStorage } from '../storage/open-storage.ts'
import { probeStorage } from '../storage/probe-storage.ts'
import { storeOptions } from '../storage/store-options.ts'
import { createBucket } from '../storage/s3-images.ts'
import { publishParts } from './publish-parts.ts'
import { isWorkLeft, requestPublishing } from './remaining-work.ts'
import { workShard, type ShardTools } from './work-shard.ts'
import { ImageFailed, isFinal, LockLost, type WorkerRunOptions } from './worker-options.ts'

/** Wait after a failure of the queue itself; BullMQ waits 15 seconds. */
const RETRY_MS = 2000
/** Failures in a row of the storage or the store after which a worker ends. */
const FAILURES = 3
/** Failures of connections within so long are one outage, which is told once. */
const OUTAGE_MS = 60_000
/** Every so often a worker looks whether something was left behind by one that died. */
const LOOK_MS = 1000

/**
 * Works on a queue's shards until it is told to stop, or until all is done; and publishes, where no other worker does. The rows
 * that it makes are files of its own, which wait beside the store until they are merged.
 *
 * @param options - queue, store, model
 * @throws DinokitError `queue-unreachable`, `storage-unsafe`, `fingerprint-mismatch` for another model, `invalid-option` for
 *   another store; `disk-full`, `file-unwritable` and the like where this machine can't go on: its shard is the others' then
 */
export async function runWorker(options: WorkerRunOptions): Promise<void> {
  const { lockSeconds = 30, fsync = false, untilDone = false, publish = true, vision, onEvent = () => {}, signal } = options
  const note = tellOnce((text) => onEvent({ kind: 'note', text }))
  const storage = await openStorage(options.store, fsync)
  const bucket = createBucket()
  const stop = new AbortController()
  let failure: DinokitError | undefined
  const end = (error?: DinokitError): void => {
    failure ??= error
    stop.abort()
  }
  const onAbort = (): void => end()
  signal?.addEventListener('abort', onAbort)
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-worker-'))
  let queues: Queues | undefined
  let published: Store | undefined
  const workers: { close(force?: boolean): Promise<void>; waitUntilReady(): Promise<unknown> }[] = []
  try {
    let told = -Infinity
    queues = await openQueues(options.queue, options.name, ({ message }) => {
      // Each connection of an outage has its own words for it.
      if (performance.now() - told < OUTAGE_MS) return
      told = performance.now()
      onEvent({ kind: 'note', text: message })
    })
    const { address, notes: warnings } = queues
    for (const text of warnings) note(text)
    published = await openLanceStore(options.store, storeOptions(options.store))
    const notes = assertSameFingerprint(options.store, published.layout.fingerprint, vision.fingerprint(published.layout.size), options)
    for (const text of notes) note(`${options.store}: ${text}`)
    await probeStorage(storage)
    const store = await storeId(storage)
    await Promise.all([assertOwnQueue(queues, store), assertOnlyQueue(queues, storage)]).catch((cause: unknown) =>
      Promise.reject(queueError(address, cause)),
    )

    const tools: ShardTools = {
      queues,
      store,
      published,
      storage,
      vision,
      bucket,
      folder,
      onEvent,
      signal: stop.signal,
      ...(options.batch !== undefined && { batch: options.batch }),
    }
    const lockDuration = Math.round(1000 * lockSeconds)
    // However often workers are killed over a job, it is no fault of the job's.
    const engine = {
      name: `${hostname()}-${process.pid}`,
      lockDuration,
      stalledInterval: lockDuration,
      maxStalledCount: COUNTLESS,
      concurrency: 1,
      runRetryDelay: RETRY_MS,
    }
    let failures = 0
    const guarded =
      <Data>(work: (job: Job<Data>, assertMine: () => Promise<void>) => Promise<void>) =>
      async (job: Job<Data>, token: string): Promise<void> => {
        const assertMine = async (): Promise<void> => {
          if (!(await job.extendLock(token, lockDuration))) throw new LockLost(`the job ${job.id} is another worker’s by now`)
        }
        try {
          if (stop.signal.aborted) throw new DinokitError('aborted', 'The worker ends.')
          await work(job, assertMine)
          failures = 0
        } catch (cause) {
          // BullMQ tries shards and images again, however often; and asks for another merging is made every second.
          if (cause instanceof LockLost || cause instanceof ImageFailed || cause instanceof UnrecoverableError || isConnectionLost(cause))
            throw cause
          const error = DinokitError.is(cause) ? cause : new DinokitError('internal', `The work failed: ${String(cause)}.`, { cause })
          if (error.code === 'aborted') {
            await job.moveToWait(token)
            throw new WaitingError()
          }
          if (error.code === 'store-locked') note(`Another process publishes: ${error.message}`)
          else if (isFinal(error) || ++failures >= FAILURES) {
            end(error)
            await job.moveToWait(token)
            throw new WaitingError()
          } else note(`Tried again in a moment: ${error.message}`)
          await job.moveToDelayed(Date.now() + WAIT_MS * (0.5 + Math.random()), token)
          throw new DelayedError()
        }
      }

    const shardWorker: Worker<ShardJob> = queues.work<ShardJob>(
      queues.shards,
      guarded<ShardJob>(async (job, assertMine) => {
        await assertRoot(job.data.root)
        await workShard(job, assertMine, tools)
        await requestPublishing(tools.queues, options)
      }) as (job: Job<ShardJob>, token?: string) => Promise<void>,
      engine,
    )
    workers.push(shardWorker)
    if (publish)
      workers.push(
        queues.work<MergeJob>(
          queues.merges,
          guarded<MergeJob>((_job, assertMine) => publishParts({ ...tools, location: options.store, fsync, assertMine })) as (
            job: Job<MergeJob>,
            token?: string,
          ) => Promise<void>,
          engine,
        ),
      )
    // On PostgreSQL, one that could not begin never does.
    await Promise.all(workers.map((worker) => worker.waitUntilReady())).catch((cause: unknown) =>
      Promise.reject(queueError(address, cause)),
    )
    const askedAgain = new Set<string>()
    let settled = false
    const look = async (): Promise<boolean> => {
      const left = await isWorkLeft(tools.queues, storage)
      if (left === 'publishing') await requestPublishing(tools.queues, options)
      if (left !== false) {
        settled = false
        return false
      }
      if (settled) return untilDone
      const { ids, jobs } = await findLost(tools.queues, storage, tools.published)
      settled = ids.length === 0
      if (settled) return untilDone
      if (jobs.some(({ opts }) => askedAgain.has(opts.jobId!))) {
        end(stillLost(ids))
        return true
      }
      for (const { opts } of jobs) askedAgain.add(opts.jobId!)
      await tools.queues.shards.addBulk([...jobs])
      onEvent({ kind: 'lost', images: ids.length, example: ids[0]! })
      return false
    }
    await stayUntil(stop.signal, () =>
      look().catch((cause: unknown) => {
        if (!isConnectionLost(cause) && !stop.signal.aborted) note(`Looked again in a moment: ${String(cause)}`)
        return false
      }),
    )
  } finally {
    signal?.removeEventListener('abort', onAbort)
    stop.abort()
    // A queue that is down would be waited for: its jobs are others' once their locks end.
    const down = workers.length > 0 && !(await queues!.answers())
    await Promise.allSettled(workers.map((worker) => worker.close(down)))
    await queues?.close()
    await published?.close()
    storage.close()
    bucket.close()
    await rm(folder, { recursive: true, force: true })
  }
  if (failure) throw failure
}

function stillLost(ids: readonly string[]): DinokitError {
  return new DinokitError('plan-unfinished', `Planned images have neither a row nor a failure: ${ids.length}, such as ${ids[0]}.`, {
    given: 'they were put into the queue a second time, and are not there',
    hint: 'Something removes jobs or rows while workers run. Find it, and start a worker again.',
  })
}

/** Looks every second until it is done or told to stop, also while the queue is down and a look does not end. */
async function stayUntil(signal: AbortSignal, isDone: () => Promise<boolean>): Promise<void> {
  const staying = async (): Promise<void> => {
    while (!signal.aborted) {
      if (await isDone()) return
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }
  // One race for all looks: of each race, a promise that lives as long as the worker would keep the outcome.
  await Promise.race([staying(), once(signal, 'abort')])
}

async function assertRoot(root: string | undefined): Promise<void> {
  if (root === undefined || (await stat(root).catch(() => undefined))) return
  throw new DinokitError('invalid-option', `The images’ folder ${root} is not there on this machine.`, {
    given: root,
    expected: 'the same folder, under the same name, on every machine',
    hint: 'Mount it, and start the worker again. Its shard is the others’.',
  })
}

/** Says each sentence once. */
function tellOnce(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>()
  return (text) => {
    if (!told.has(text)) tell(text)
    told.add(text)
  }
}
