import { layoutFor } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { open } from 'dinokit'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openQueues, openStorage, planShards, runWorker, type WorkerEvent } from '../index.ts'
import { cropImages, hasRedis, PHOTO, startRedis } from '../testing/index.ts'

const [IMAGES, SIZE] = [3, 1036]

// Inference is in a thread of its own: the one that renews the lock is free, however long a run of the model takes.
test.skipIf(!hasRedis)('keeps a shard while each run of the model takes longer than the lock', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-lock-'))
  const [from, store] = [join(folder, 'images'), join(folder, 'photos.store')]
  const server = await startRedis()
  try {
    await cropImages(PHOTO, from, IMAGES, 64)
    await using vision = await open({ model: 'tiny', size: SIZE, engine: { threads: 1, replicas: 1 } })
    await (await openLanceStore(store, { layout: layoutFor(vision, { size: SIZE }) })).close()
    const images = (await readdir(join(from, '000'))).map((id) => ({ id, source: join(from, '000', id) }))
    const started = performance.now()
    await vision.embed(images[0]!.source)
    const run = (performance.now() - started) / 1000

    const queues = await openQueues(server.address)
    await planShards(queues, await openStorage(store, false), images)
    await queues.close()
    const events: WorkerEvent[] = []
    const work = (): Promise<void> =>
      runWorker({
        queue: server.address,
        store,
        vision,
        lockSeconds: run / 2,
        publishSeconds: 0.1,
        untilDone: true,
        onEvent: (event) => void events.push(event),
      })
    // Another looks for shards whose lock has ended.
    await Promise.all([work(), work()])
    expect(events.filter(({ kind }) => kind === 'shard')).toEqual([{ kind: 'shard', images: IMAGES, added: IMAGES, kept: 0, failed: 0 }])
    expect(events.filter(({ kind }) => kind === 'note')).toEqual([])
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
})
