import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compareStores, fillByMany, fillByOne, type FilledByMany } from './fill-by-many.ts'
import { cropImages } from './images.ts'
import type { QueueServer } from './servers.ts'

/** A photograph to cut images from. */
export const PHOTO = fileURLToPath(new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url))
/** The smallest network there is: 4 layers of 24. */
export const MODEL = {
  model: fileURLToPath(new URL('../../../../goldens/numbers/backbone/mlp/meta.pth', import.meta.url)),
  card: { heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
} as const

/** Report of {@link fillWhileKilled}. */
export interface FilledWhileKilled {
  readonly seen: FilledByMany
  /** The store beside that of one process. */
  readonly compared: Awaited<ReturnType<typeof compareStores>>
}

/**
 * Fills a store by two workers, while workers, the server and the one that packs are killed, and another by one process.
 *
 * @param start - starts the server of the queue
 * @param images - number of images
 */
export async function fillWhileKilled(start: () => Promise<QueueServer>, images: number): Promise<FilledWhileKilled> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-many-'))
  const [from, one, many] = [join(folder, 'images'), join(folder, 'one.store'), join(folder, 'many.store')]
  try {
    await cropImages(PHOTO, from, images, 64)
    await fillByOne(one, from, MODEL, 1)
    const server = await start()
    try {
      const seen = await fillByMany({
        queue: server.address,
        store: many,
        images: from,
        model: MODEL,
        workers: 2,
        threads: 1,
        shard: 50,
        lockSeconds: 2,
        publishSeconds: 0.2,
        killShards: 4,
        killPacking: 1,
        inTheMiddle: () => server.restart(),
        seed: 1,
      })
      return { seen, compared: await compareStores(many, one) }
    } finally {
      await server.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
