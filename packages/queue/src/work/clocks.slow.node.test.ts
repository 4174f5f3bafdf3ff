import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compareStores, cropImages, ENGINES, fillByMany, fillByOne, MODEL, PHOTO } from '../testing/index.ts'

const IMAGES = 150

// On PostgreSQL each worker tells by its own clock whether another's lock has ended: there, work is done twice; no more than that.
test.each(ENGINES)(
  'fills a store to the bit by workers on $engine whose clocks are an hour ahead and behind',
  { timeout: 240_000 },
  async ({ there, start }) => {
    if (!there) return
    const folder = await mkdtemp(join(tmpdir(), 'dinokit-clocks-'))
    const [from, one, many] = [join(folder, 'images'), join(folder, 'one.store'), join(folder, 'many.store')]
    const server = await start()
    try {
      await cropImages(PHOTO, from, IMAGES, 64)
      await fillByOne(one, from, MODEL, 1)
      const notes: string[] = []
      const seen = await fillByMany({
        queue: server.address,
        store: many,
        images: from,
        model: MODEL,
        workers: 3,
        threads: 1,
        shard: 10,
        lockSeconds: 2,
        publishSeconds: 0.2,
        clocks: [3600, 0, -3600],
        seed: 1,
        onNote: (text) => void notes.push(text),
      })
      expect(seen).toMatchObject({ planned: IMAGES, lost: 0, failed: [], errors: [] })
      expect(await compareStores(many, one)).toEqual({ rows: [IMAGES, IMAGES], problems: [], ids: 0, vectors: 0 })
      const told = notes.flatMap((note) => /clock is \d+ s (ahead of|behind)/.exec(note)?.[1] ?? [])
      expect(told.sort()).toEqual(['ahead of', 'behind'])
    } finally {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
)
