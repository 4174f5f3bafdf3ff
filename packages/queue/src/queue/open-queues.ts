import { DinokitError } from '@dinokit/core'
import { createPostgresBackend, Queue, withBackend, Worker, type Processor, type WorkerOptions } from 'bullmq'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseQueueAddress, type QueueAddress } from './queue-address.ts'
import { isJobLost, isStarting, queueError } from './queue-error.ts'
import type { ShardJob } from './shard-job.ts'

/** Queues of one store: shards of images, and the merging of rows, of which one job runs at a time. */
export interface Queues {
  readonly address: QueueAddress
  /** Name of the queue of shards. */
  readonly name: string
  readonly shards: Queue<ShardJob>
  readonly merges: Queue<MergeJob>
  /** Warnings about the engine's settings, a sentence each. */
  readonly notes: readonly string[]
  /** Milliseconds that this machine’s clock is ahead of the engine's; 0 where it is behind, or hardly differs. */
  readonly ahead: number
  /** Identity of the queue of shards, which its engine keeps; the first that asks for it makes it. */
  identity(): Promise<string>
  /** Makes a worker; whoever asks for it closes it. */
  work<Job>(queue: Queue<Job>, processor: Processor<Job>, options: Omit<WorkerOptions, 'connection'>): Worker<Job>
  /** Whether the engine answers. */
  answers(): Promise<boolean>
  /** Ends connections, also to an engine that is down. */
  close(): Promise<void>
}

/** Nothing: what waits in the storage says what a job that merges rows is to do. */
export type MergeJob = Record<string, never>

/** BullMQ's classes on PostgreSQL. */
const onPostgres = withBackend(createPostgresBackend)

/** The queue's name where none is given. */
export const QUEUE_NAME = 'dinokit'
/** Time that an engine has to answer for the first time. */
const PATIENCE_MS = 10_000
/** Time that an engine has to read what it had written, and the wait before it is asked again. */
const [STARTING_MS, ASKED_MS] = [60_000, 500]
/** Time that an engine has to answer when work ends: then it counts as down. */
const LEAVE_MS = 3000
/** Difference of clocks that is told. */
const CLOCKS_MS = 5000

/**
 * Opens the queues of one store.
 *
 * @param text - address of Redis, Valkey or PostgreSQL
 * @param name - of the queue: a store has its own; letters, digits, dots, hyphens and underscores
 * @param onError - told of failures of connections, which are tried again until they work
 * @throws DinokitError `invalid-option`, `queue-unreachable`
 */
export async function openQueues(
  text: string,
  name: string = QUEUE_NAME,
  onError: (error: DinokitError) => void = () => {},
): Promise<Queues> {
  const address = parseQueueAddress(text)
  if (!/^[\w.-]+$/.test(name))
    throw new DinokitError('invalid-option', `${name} can’t be the name of a queue.`, {
      given: name,
      expected: 'letters, digits, dots, hyphens and underscores',
    })
  const { notes, now } = await lookAtEngine(address).catch((cause: unknown) => Promise.reject(queueError(address, cause)))
  const clocks = Date.now() - now
  const tell = (cause: unknown): void => {
    if (!isJobLost(cause)) onError(queueError(address, cause))
  }
  const pool = address.engine === 'postgres' ? (await import('./postgres-pool.ts')).createPostgresPool(address.url) : undefined
  pool?.on('error', tell)
  const make = <Job>(of: string): Queue<Job> => {
    // The classes of both engines are the same; their types differ by the connection alone.
    const queue =
      address.engine === 'redis'
        ? new Queue<Job>(of, { connection: redisOptions(address) })
        : (new onPostgres.Queue<Job>(of, { connection: pool! }) as unknown as Queue<Job>)
    return queue.on('error', tell)
  }
  const shards = make<ShardJob>(name)
  const merges = make<MergeJob>(`${name}-merge`)
  const close = async (): Promise<void> => {
    // On Redis, commands that wait for a server which is down keep a connection from closing.
    if (!(await isWithin(LEAVE_MS, Promise.allSettled([shards.close(), merges.close()]))))
      await isWithin(LEAVE_MS, Promise.allSettled([shards.disconnect(), merges.disconnect()]))
    await pool?.end()
  }
  try {
    await Promise.all([shards.waitUntilReady(), merges.waitUntilReady()])
    await merges.setGlobalConcurrency(1)
  } catch (cause) {
    await close()
    throw queueError(address, cause)
  }
  return {
    address,
    name,
    shards,
    merges,
    notes: [...compareClocks(clocks), ...notes],
    async identity() {
      // BullMQ keeps nothing of one's own beside jobs: this one, of a queue that nobody works on, waits for ever.
      const queue = make<{ readonly id: string }>(`${name}-identity`)
      try {
        await queue.add('identity', { id: randomUUID() }, { jobId: 'identity' })
        return (await queue.getJob('identity'))!.data.id
      } finally {
        await queue.close()
      }
    },
    ahead: clocks < CLOCKS_MS ? 0 : Math.round(clocks),
    work<Job>(queue: Queue<Job>, processor: Processor<Job>, options: Omit<WorkerOptions, 'connection'>) {
      const worker =
        address.engine === 'redis'
          ? new Worker<Job>(queue.name, processor, { ...options, connection: redisOptions(address) })
          : (new onPostgres.Worker<Job>(queue.name, processor, {
              ...options,
              connection: pool!,
            }) as unknown as Worker<Job>)
      return worker.on('error', tell)
    },
    answers: () => isWithin(LEAVE_MS, shards.getJobCounts('active')),
    close,
  }
}

/** Whether work is done, and well, within some milliseconds. */
async function isWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const done = work.then(
    () => true,
    () => false,
  )
  const result = await Promise.race([done, sleep(ms, false, { signal: timer.signal })])
  timer.abort()
  return result
}

/** Options of a connection that is tried again for ever. */
function redisOptions({ url }: QueueAddress): { readonly url: string; readonly maxRetriesPerRequest: null } & Record<string, unknown> {
  const { hostname, port, username, password, pathname, protocol } = new URL(url)
  return {
    host: hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: port === '' ? 6379 : Number(port),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(/^\/\d+$/.test(pathname) && { db: Number(pathname.slice(1)) }),
    ...(protocol === 'rediss:' && { tls: {} }),
    maxRetriesPerRequest: null,
  } as unknown as ReturnType<typeof redisOptions>
}

/** Engine, as it was met. */
interface Engine {
  /** Warnings about its settings. */
  readonly notes: string[]
  /** Its time in milliseconds. */
  readonly now: number
}

/** Asks the engine once, so that one that is not there, or refuses, is told at once; and looks at its settings. */
async function lookAtEngine(address: QueueAddress): Promise<Engine> {
  const end = performance.now() + STARTING_MS
  for (;;)
    try {
      return await (address.engine === 'redis' ? lookAtRedis(address) : lookAtPostgres(address))
    } catch (cause) {
      if (!isStarting(cause) || performance.now() > end) throw cause
      await sleep(ASKED_MS)
    }
}

/** Says that clocks differ: on PostgreSQL, each worker tells by its own whether another's lock has ended. */
function compareClocks(difference: number): string[] {
  if (Math.abs(difference) < CLOCKS_MS) return []
  const seconds = Math.round(difference / 1000)
  return [
    `This machine’s clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the queue’s. Nothing is lost, but work may be done twice, or wait as long: set the clock.`,
  ]
}

async function lookAtRedis(address: QueueAddress): Promise<Engine> {
  const redis = new Redis({
    ...redisOptions(address),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: PATIENCE_MS,
  })
  let failure: unknown
  redis.on('error', (cause) => (failure ??= cause))
  try {
    await redis.connect()
    const settings = await readSettings(redis)
    const [seconds] = await redis.time()
    const notes = [
      ...(settings.appendonly === 'no'
        ? ['Redis keeps its queue in memory (appendonly no): if it ends, plan again. Set appendonly to yes.']
        : []),
      ...(settings['maxmemory-policy'] !== undefined && settings['maxmemory-policy'] !== 'noeviction'
        ? [`Redis may throw jobs away when its memory is full (maxmemory-policy ${settings['maxmemory-policy']}). Set it to noeviction.`]
        : []),
    ]
    return { notes, now: 1000 * Number(seconds) }
  } catch (cause) {
    throw failure ?? cause
  } finally {
    redis.disconnect()
  }
}

/** Settings of Redis; servers that are rented often don't tell. */
async function readSettings(redis: Redis): Promise<Readonly<Record<string, string>>> {
  await redis.ping()
  const settings: Record<string, string> = {}
  for (const name of ['appendonly', 'maxmemory-policy']) {
    const [, value] = (await redis.config('GET', name).catch(() => [])) as string[]
    if (value !== undefined) settings[name] = value
  }
  return settings
}

async function lookAtPostgres({ url }: QueueAddress): Promise<Engine> {
  const [{ default: pg }, { makeTables }] = await Promise.all([import('pg'), import('./postgres-pool.ts')])
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ commit: string; now: number }>(
      "SELECT current_setting('synchronous_commit') AS commit, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now",
    )
    await makeTables(client)
    const [{ commit, now } = { commit: '', now: Date.now() }] = rows
    const notes = commit === 'off' ? ['PostgreSQL may forget the last jobs after a power cut (synchronous_commit off). Set it to on.'] : []
    return { notes, now }
  } finally {
    await client.end().catch(() => {})
  }
}
