import {
  compareStores,
  cropImages,
  fillByMany,
  fillByOne,
  PHOTO,
  startBucket,
  startPostgres,
  startRedis,
  type QueueServer,
} from '@dinokit/queue/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../lib/median.ts'
import { reportOf } from '../processes/report-of.ts'
import { table } from '../lib/table.ts'
import type { PlanningReport } from './plan-keys.ts'

/** Engines of queues that are measured. */
export const ENGINES = ['redis', 'postgres'] as const
export type Engine = (typeof ENGINES)[number]

/** The embedded model on small inputs, so that many rows take minutes. */
const MODEL = { model: 'tiny', size: 56 } as const
const SIDE = 64

/**
 * Fills a store by 8 workers while one of them is killed every minute, the queue's server once in the middle, and the one that
 * packs while it does; and compares it with the store of one process, to the bit.
 *
 * @param engine - of the queue
 * @param images - such as 20000
 * @param moto - command that starts a server of buckets, which images and store are in then
 */
export async function killedTable(engine: Engine, images: number, moto?: string): Promise<string> {
  return inFolder(engine, async (folder, server) => {
    const [from, one, many] = ['images', 'one.store', 'many.store'].map((name) => join(folder, name)) as [string, string, string]
    await cropImages(PHOTO, from, images, SIDE)
    const alone = await fillByOne(one, from, MODEL, 1)
    const bucket = moto === undefined ? undefined : await startBucket(moto)
    await bucket?.upload(from, 'images')
    const store = bucket ? `${bucket.address}/many.store` : many
    const seen = await fillByMany({
      queue: server.address,
      store,
      images: bucket ? `${bucket.address}/images/` : from,
      model: MODEL,
      workers: 8,
      threads: 1,
      shard: 150,
      lockSeconds: 10,
      publishSeconds: 2,
      killMs: 60_000,
      killPacking: 1,
      inTheMiddle: () => server.restart(),
      seed: 1,
      onNote: (text) => console.error(text),
    })
    const { rows, problems, ids, vectors } = await compareStores(store, one)
    await bucket?.close()
    const figures = {
      rows: `${rows[0]} of ${seen.planned}, in ${seen.shards} shards`,
      'ids of one alone': ids,
      'rows that differ by a bit': vectors,
      'problems that verify found': problems.length,
      'planned images that were lost for a while': seen.lost,
      'workers killed': `${seen.killed}, and ${seen.killedPacking} that packed`,
      'workers that met no server at their start': seen.refused,
      'images that failed': seen.failed.length,
      'other failures': seen.errors.length,
      seconds: `${seen.seconds.toFixed(0)}; one process, one thread: ${alone.toFixed(0)}`,
    }
    const text = table(Object.entries(figures).map(([name, value]) => [name, String(value)]))
    return [
      `8 workers on ${engine}, store in a ${bucket ? 'bucket' : 'folder'}; load of the machine ${loadavg()[0]!.toFixed(1)}`,
      text,
      ...seen.errors,
    ].join('\n')
  })
}

const ROUNDS = 3

/** Throughput of two workers of one thread beside one process of two threads, in turns. */
export async function overheadTable(engine: Engine, images: number): Promise<string> {
  const ratios: number[] = []
  const rows = [['round', 'one process, images/s', 'two workers, images/s', 'ratio']]
  for (let round = 1; round <= ROUNDS; round++) {
    await inFolder(engine, async (folder, server) => {
      const [from, store] = [join(folder, 'images'), join(folder, 'many.store')]
      await cropImages(PHOTO, from, images, 224)
      const model = { model: 'tiny' } as const
      const alone = images / (await fillByOne(join(folder, 'one.store'), from, model, 2))
      const { working } = await fillByMany({
        queue: server.address,
        store,
        images: from,
        model,
        workers: 2,
        threads: 1,
        shard: 100,
        lockSeconds: 30,
        publishSeconds: 5,
        seed: round,
      })
      const many = working.images / working.seconds
      ratios.push(many / alone)
      rows.push([String(round), alone.toFixed(1), many.toFixed(1), (many / alone).toFixed(2)])
    })
  }
  return `Overhead on ${engine}: median ratio ${median(ratios).toFixed(2)}; load of the machine ${loadavg()[0]!.toFixed(1)}\n${table(rows)}`
}

/** Time and memory of planning, in a process that does nothing else. */
export async function planningTable(engine: Engine, keys: number): Promise<string> {
  return inFolder(engine, async (folder, server) => {
    const args = [server.address, join(folder, 'photos.store'), String(keys)]
    const { images, shards, seconds, before, peak } = (await reportOf(new URL('plan-keys.ts', import.meta.url), args)) as PlanningReport
    const megabytes = [peak, peak - before].map((bytes) => (bytes / 1e6).toFixed(0))
    return `Planning ${images} keys in ${shards} shards on ${engine}: ${seconds.toFixed(1)} s, ${megabytes[0]} MB at most, ${megabytes[1]} more than before; load ${loadavg()[0]!.toFixed(1)}`
  })
}

async function inFolder<T>(engine: Engine, work: (folder: string, server: QueueServer) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  const server = await (engine === 'redis' ? startRedis() : startPostgres())
  try {
    return await work(folder, server)
  } finally {
    await server.close()
    await rm(folder, { recursive: true })
  }
}
