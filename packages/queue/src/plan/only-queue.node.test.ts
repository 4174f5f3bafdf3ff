import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openQueues, openStorage, planShards } from '../index.ts'
import { hasRedis, startLaxBucket, startRedis } from '../testing/index.ts'

test.skipIf(!hasRedis)('fills a store in a bucket through one queue alone, and one in a folder through any', async () => {
  const [server, bucket, folder] = [await startRedis(), await startLaxBucket(), await mkdtemp(join(tmpdir(), 'dinokit-only-'))]
  const [one, two] = [await openQueues(server.address, 'one'), await openQueues(server.address, 'two')]
  const again = await openQueues(server.address, 'one')
  try {
    for (const [store, refused] of [
      [bucket.address, true],
      [folder, false],
    ] as const) {
      const storage = await openStorage(store, false)
      await planShards(one, storage, [])
      await planShards(again, storage, [])
      const second = planShards(two, storage, [])
      if (refused)
        await expect(second).rejects.toMatchObject({
          code: 'invalid-option',
          message: expect.stringContaining('is filled through another queue') as string,
          details: { expected: expect.stringMatching(/^one, at redis:/) as string },
        })
      else await second
      storage.close()
    }
  } finally {
    await Promise.all([one, two, again].map((queues) => queues.close()))
    await bucket.close()
    await server.close()
    await rm(folder, { recursive: true })
  }
})
