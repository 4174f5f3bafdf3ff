import { expect, test } from 'vitest'
import { fillWhileKilled, hasRedis, startRedis } from './testing/index.ts'

const IMAGES = 500

test.skipIf(!hasRedis)(
  'fills a store to the bit as one process does, while workers, Redis and the one that packs are killed',
  { timeout: 240_000 },
  async () => {
    const { seen, compared } = await fillWhileKilled(startRedis, IMAGES)
    expect(seen).toMatchObject({ planned: IMAGES, shards: 10, killedPacking: 1, lost: 0, failed: [], errors: [] })
    expect(compared).toEqual({ rows: [IMAGES, IMAGES], problems: [], ids: 0, vectors: 0 })
  },
)
