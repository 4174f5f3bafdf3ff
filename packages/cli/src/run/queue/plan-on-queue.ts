import type { ImagesToStore } from '@dinokit/image-files'
import type { QueueImage } from '@dinokit/queue'
import { loadQueue } from '../../input/load-queue.ts'
import { openStore } from '../../input/open-store.ts'
import type { IndexOptions } from '../../options/index-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { layoutOf, openFor } from '../stores/open-for-index.ts'

/**
 * Makes the store where there is none, and puts images in a queue for workers.
 *
 * @param context - of the command
 * @param found - the images
 * @param options - of the command, with a queue
 * @throws DinokitError those of queues and stores
 */
export async function planOnQueue(context: CommandContext, found: ImagesToStore, options: IndexOptions): Promise<void> {
  const { output, signal } = context
  const { assertFolder, openQueues, openStorage, planShards, probeStorage } = await loadQueue()
  assertFolder(options.store)
  const queues = await openQueues(options.queue!, options.name)
  const storage = await openStorage(options.store, false)
  try {
    for (const note of queues.notes) output.note(note)
    await probeStorage(storage)
    await using vision = await openFor(context, options)
    await (await openStore(options.store, { layout: layoutOf(vision, options), allowPrecision: options.allowPrecision ?? false })).close()
    let failed = 0
    const images = function* (): Generator<QueueImage> {
      for (const { name, image, error } of found.images) {
        if (error) {
          failed++
          output.failure(name, error)
          continue
        }
        const { id, source, label, annotation, split } = image
        yield {
          id,
          source,
          ...(label !== undefined && { label }),
          ...(annotation !== undefined && { annotation }),
          ...(split !== undefined && { split }),
        }
      }
    }
    const plan = await planShards(queues, storage, images(), {
      ...(options.shard !== undefined && { shard: options.shard }),
      onRepeated: ({ id, source }) => output.detail(source, { id, outcome: 'repeated' }, `repeated ${source}: ${id} is planned already`),
      signal,
    })
    output.report(
      options.store,
      { ...plan, failed, queue: queues.address.shown, name: queues.name },
      `${options.store}: ${plan.images} images in ${plan.shards} shards wait in ${queues.name} at ${queues.address.shown}`,
    )
    output.note(`Next: dinokit worker --queue ${queues.address.shown} --store ${options.store}, on as many machines as you like`)
  } finally {
    storage.close()
    await queues.close()
  }
}
