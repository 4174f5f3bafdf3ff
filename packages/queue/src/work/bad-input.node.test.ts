import { layoutFor, verifyStore } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { open } from 'dinokit'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { failedImages, openQueues, openStorage, planShards, queueStatus, runWorker, type QueueImage, type WorkerEvent } from '../index.ts'
import { requestPublishing } from './remaining-work.ts'
import { cropImages, hasRedis, MODEL, PHOTO, startLaxBucket, startRedis, type QueueServer } from '../testing/index.ts'

describe.skipIf(!hasRedis)('a worker', { timeout: 120_000 }, () => {
  let folder: string
  let store: string
  let server: QueueServer
  let vision: Awaited<ReturnType<typeof open>>
  let events: WorkerEvent[]

  const image = (index: number): QueueImage => ({ id: `${index}.jpg`, source: join(folder, '000', `00000${index}.jpg`) })
  const work = (name: string, onEvent?: (event: WorkerEvent) => void): Promise<void> =>
    runWorker({
      queue: server.address,
      name,
      store,
      vision,
      untilDone: true,
      publishSeconds: 0.1,
      onEvent(event) {
        events.push(event)
        onEvent?.(event)
      },
    })
  const of = <Kind extends WorkerEvent['kind']>(kind: Kind): Extract<WorkerEvent, { kind: Kind }>[] =>
    events.filter((event): event is Extract<WorkerEvent, { kind: Kind }> => event.kind === kind)
  /** Plans on the queue of a name, and says what was left out. */
  const plan = async (name: string, images: readonly QueueImage[]): Promise<string[]> => {
    const queues = await openQueues(server.address, name)
    const storage = await openStorage(store, false)
    const repeated: string[] = []
    await planShards(queues, storage, images, { shard: 2, onRepeated: ({ source }) => void repeated.push(source) })
    await queues.close()
    return repeated
  }
  const failed = async (name: string): Promise<string[]> => {
    const queues = await openQueues(server.address, name)
    const found: string[] = []
    for await (const { id } of failedImages(queues)) found.push(id)
    await queues.close()
    return found
  }
  /** Ids and contents of the rows, of a store without a fault. */
  const rows = async (): Promise<Record<string, string>> => {
    await using opened = await openLanceStore(store)
    expect((await verifyStore(opened)).problems).toEqual([])
    const found: [string, string][] = []
    for await (const batch of opened.iterate({ fields: ['id', 'hash'], tensors: [] }))
      for (const { id, hash } of batch.rows) found.push([id, hash])
    expect(new Set(found.map(([id]) => id)).size).toBe(found.length)
    return Object.fromEntries(found)
  }
  const hashOf = async (path: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dinokit-bad-'))
    server = await startRedis()
    vision = await open(MODEL)
    await cropImages(PHOTO, folder, 6, 64)
  })
  afterAll(async () => {
    await vision.dispose()
    await server.close()
    await rm(folder, { recursive: true })
  })
  beforeEach(async () => {
    events = []
    store = await mkdtemp(join(folder, 'store-'))
    await (await openLanceStore(store, { layout: layoutFor(vision) })).close()
  })
  afterEach(() => vi.useRealTimers())

  test('takes an image as it is by then, one row for an id that is planned twice, and tells each failure anew', async () => {
    const text = { id: 'text.jpg', source: join(folder, 'text.jpg') }
    const changed = { id: 'changed.jpg', source: join(folder, 'changed.jpg') }
    await writeFile(text.source, 'no image')
    await copyFile(image(0).source, changed.source)
    expect(await plan('changes', [image(1), changed, { ...image(2), id: image(1).id }, text, image(3)])).toEqual([image(2).source])
    await copyFile(image(4).source, changed.source)
    await work('changes')
    const expected = {
      '1.jpg': await hashOf(image(1).source),
      'changed.jpg': await hashOf(image(4).source),
      '3.jpg': await hashOf(image(3).source),
    }
    expect(await rows()).toEqual(expected)
    expect(of('failed')).toMatchObject([{ id: 'text.jpg', error: { code: 'image-unsupported' } }])

    // Planned again, in other shards: what is there stays, what is in the failed list fails aloud.
    events = []
    await plan('changes', [text, image(1), image(3)])
    await work('changes')
    expect(of('shard').reduce((sum, { added }) => sum + added, 0)).toBe(0)
    expect(of('failed')).toMatchObject([{ id: 'text.jpg', error: { code: 'image-unsupported' } }])
    expect(await failed('changes')).toEqual(['text.jpg'])
    expect(await rows()).toEqual(expected)
  })

  test('of another model is refused before it takes anything', async () => {
    await plan('models', [image(0)])
    await using other = await open({ model: 'tiny' })
    await expect(runWorker({ queue: server.address, name: 'models', store, vision: other, untilDone: true })).rejects.toMatchObject({
      code: 'fingerprint-mismatch',
    })
    const queues = await openQueues(server.address, 'models')
    expect(await queueStatus(queues, store)).toMatchObject({ waiting: 1, active: 0, failed: 0, rows: 0 })
    await queues.close()
  })

  test('waits while another process writes to the store, says so once, and goes on', async () => {
    await plan('locked', [image(0), image(1), image(2)])
    const writer = await openLanceStore(store, { access: 'write' })
    let told: () => void
    const waiting = new Promise<void>((done) => (told = done))
    const working = work('locked', ({ kind }) => kind === 'note' && told())
    await waiting
    await writer.close()
    await working
    expect(of('note').map(({ text }) => text)).toEqual([expect.stringContaining('Another process publishes')])
    expect(Object.keys(await rows())).toHaveLength(3)
  })

  test('fills a store in a folder through two queues at once without harm', async () => {
    await plan('one', [image(0), image(1), image(2), image(3)])
    await plan('two', [image(2), image(3), image(4), image(5)])
    await Promise.all([work('one'), work('two')])
    expect(Object.keys(await rows()).sort()).toEqual([0, 1, 2, 3, 4, 5].map((index) => image(index).id))
    expect(of('failed')).toEqual([])
  })

  test('fills a store in a bucket through one queue alone', async () => {
    const bucket = await startLaxBucket()
    const storage = await openStorage(bucket.address, false)
    try {
      for (const [name, refused] of [
        ['first', false],
        ['second', true],
        ['first', false],
      ] as const) {
        const queues = await openQueues(server.address, name)
        const planning = planShards(queues, storage, [])
        if (refused)
          await expect(planning).rejects.toMatchObject({
            code: 'invalid-option',
            message: expect.stringContaining('is filled through another queue') as string,
            details: { expected: expect.stringMatching(/^first, at redis:/) as string },
          })
        else await planning
        await queues.close()
      }
    } finally {
      storage.close()
      await bucket.close()
    }
  })

  test('does not end well while something removes what was made, and the next one goes on', async () => {
    await plan('removed', [image(0)])
    const remove = ({ kind }: WorkerEvent): void => {
      if (kind === 'shard') rmSync(join(store, 'queue', 'parts'), { recursive: true })
    }
    await expect(work('removed', remove)).rejects.toMatchObject({
      code: 'plan-unfinished',
      message: expect.stringContaining('1, such as 0.jpg') as string,
    })
    expect(of('lost')).toEqual([{ kind: 'lost', images: 1, example: '0.jpg' }])
    await work('removed')
    expect(Object.keys(await rows())).toEqual(['0.jpg'])
  })

  test('is told that its clock is ahead of the queue’s, and lets no other wait for it to publish', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
    const queues = await openQueues(server.address, 'clocks')
    await requestPublishing(queues, { publishSeconds: 0.1 })
    vi.useRealTimers()
    const [job] = await queues.merges.getDelayed()
    await queues.close()
    expect(queues.notes).toEqual([expect.stringMatching(/clock is 3\d\d\d s ahead of the queue’s.*set the clock/)])
    expect(job!.timestamp + job!.delay).toBeLessThan(Date.now() + 1000)
  })
})
