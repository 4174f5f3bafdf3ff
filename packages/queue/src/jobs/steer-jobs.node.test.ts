import { layoutFor } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { open } from 'dinokit'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  failedImages,
  openQueues,
  openStorage,
  planShards,
  queueStatus,
  remoteImages,
  retryFailed,
  runWorker,
  serveBoard,
  type QueueImage,
  type WorkerEvent,
} from '../index.ts'
import { cropImages, ENGINES, MODEL, PHOTO } from '../testing/index.ts'

test.each(ENGINES)('pauses, fails alone, tries again and finds lost jobs on $engine', { timeout: 240_000 }, async ({ there, start }) => {
  if (!there) return
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-jobs-'))
  const store = join(folder, 'photos.store')
  const server = await start()
  try {
    await cropImages(PHOTO, folder, 4, 64)
    const [text, late] = [join(folder, 'text.jpg'), join(folder, 'late.jpg')]
    await writeFile(text, 'no image')
    const images: QueueImage[] = ['000000.jpg', '000001.jpg'].map((id) => ({ id, source: join(folder, '000', id) }))
    images.push({ id: 'text.jpg', source: text }, { id: 'late.jpg', source: late })

    await using vision = await open(MODEL)
    await (await openLanceStore(store, { layout: layoutFor(vision) })).close()
    await server.addUser('right')
    await expect(openQueues(server.addressBy('wrong'))).rejects.toMatchObject({
      code: 'queue-unreachable',
      message: expect.stringMatching(/^The queue at (?!.*wrong).* refuses this user or password/) as string,
    })
    const queues = await openQueues(server.addressBy('right'))
    const storage = await openStorage(store, false)
    const events: WorkerEvent[] = []
    const work = (): Promise<void> =>
      runWorker({ queue: server.address, store, vision, untilDone: true, publishSeconds: 0.1, onEvent: (event) => void events.push(event) })
    const failed = async (): Promise<string[]> => {
      const found: string[] = []
      for await (const { id, reason } of failedImages(queues)) found.push(`${id} ${/\((.*)\)$/.exec(reason)![1]!}`)
      return found.sort()
    }

    await planShards(queues, storage, images, { shard: 2 })
    await queues.shards.pause()
    // A worker on a queue that is paused waits, rather than say that all is done.
    const paused = work()
    await expect
      .poll(() => queueStatus(queues, store), { timeout: 20_000 })
      .toMatchObject({ paused: true, waiting: 2, failed: 0, workers: 1 })
    await queues.shards.resume()
    await paused
    expect(await queueStatus(queues, store)).toMatchObject({ paused: false, waiting: 0, failed: 2, rows: 2, unpublished: 0 })
    expect(await failed()).toEqual(['late.jpg file-not-found', 'text.jpg image-unsupported'])

    await copyFile(join(folder, '000', '000002.jpg'), late)
    expect(await retryFailed(queues)).toBe(2)
    await work()
    expect(await failed()).toEqual(['text.jpg image-unsupported'])

    // Images over the network, from a list of addresses.
    const web = createServer((request, response) => {
      if (request.url === '/gone.jpg') response.writeHead(404).end()
      else createReadStream(join(folder, '000', '000002.jpg')).pipe(response)
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const at = `127.0.0.1:${(web.address() as AddressInfo).port}`
    const list = join(folder, 'list.txt')
    await writeFile(list, `# two\nhttp://${at}/there.jpg\n\nhttp://${at}/gone.jpg\n`)
    await planShards(queues, storage, remoteImages(list))
    await work()
    web.close()
    expect(await failed()).toEqual([`${at}/gone.jpg file-not-found`, 'text.jpg image-unsupported'])

    // An engine that forgets its jobs.
    await planShards(queues, storage, [{ id: '000003.jpg', source: join(folder, '000', '000003.jpg') }])
    await queues.shards.drain()
    await work()
    expect(events.filter(({ kind }) => kind === 'lost')).toEqual([{ kind: 'lost', images: 1, example: '000003.jpg' }])
    expect(await queueStatus(queues, store)).toMatchObject({ waiting: 0, failed: 2, rows: 5, unpublished: 0 })

    const board = await serveBoard(queues, 0)
    expect(await (await fetch(board.address)).text()).toContain('Bull Dashboard')
    const { queues: shown } = (await (await fetch(`${board.address}api/queues`)).json()) as { readonly queues: readonly { name: string }[] }
    expect(shown.map(({ name }) => name)).toEqual(['dinokit', 'dinokit-merge'])
    await board.close()
    await queues.close()
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
})
