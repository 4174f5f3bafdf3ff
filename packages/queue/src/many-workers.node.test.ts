import { expect, test } from 'vitest'
import { openQueues } from './index.ts'
import { fillWhileKilled, hasRedis, startRedis } from './testing/index.ts'

const IMAGES = 500

test.skipIf(!hasRedis)(
  'fills a store to the bit as one process does, while workers, Redis and the one that packs are killed',
  { timeout: 240_000 },
  async () => {
    const { seen, compared } = await fillWhileKilled(startRedis, IMAGES)
    expect(seen).toMatchObject({ planned: IMAGES, shards: 10, killedPacking: 1, failed: [], errors: [] })
    expect(compared).toEqual({ rows: [IMAGES, IMAGES], problems: [], ids: 0, vectors: 0 })
  },
)

test('refuses PostgreSQL, on which a shard was lost', async () => {
  await expect(openQueues('postgres://me@127.0.0.1:1/postgres')).rejects.toMatchObject({ code: 'invalid-option' })
})
