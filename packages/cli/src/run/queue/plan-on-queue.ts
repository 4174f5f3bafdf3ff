import { DinokitError } from '@dinokit/core'
import { streamToStore, type LabelOptions } from '@dinokit/image-files'
import type { QueueImage } from '@dinokit/queue'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadQueue } from '../../input/load-queue.ts'
import { openStore } from '../../input/open-store.ts'
import type { IndexOptions } from '../../options/index-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { noImages, tellPassedOver } from '../../output/tell-search.ts'
import { layoutOf, openFor } from '../stores/open-for-index.ts'

/**
 * Makes the store where there is none, and puts images in a queue for workers.
 *
 * @param context - of the command
 * @param named - folders, files and globs; addresses, lists of them, and places in buckets
 * @param options - of the command, with a queue
 * @param labels - of those that are files
 * @throws DinokitError those of queues and stores
 */
export async function planOnQueue(
  context: CommandContext,
  named: readonly string[],
  options: IndexOptions,
  labels: LabelOptions,
): Promise<void> {
  const { output, signal } = context
  const { areRemote, openQueues, openStorage, planShards, probeStorage, remoteImages, storeOptions } = await loadQueue()
  const [remote, local] = [named.filter(areRemote), named.filter((name) => !areRemote(name))]
  assertOffered(options, remote)
  const storage = await openStorage(options.store, false)
  let queues: Awaited<ReturnType<typeof openQueues>> | undefined
  try {
    const found = streamToStore(local, labels)
    let next = await found.next()
    if (next.done && local.length > 0) {
      tellPassedOver(output, next.value.passedOver)
      throw noImages(local, true)
    }
    queues = await openQueues(options.queue!, options.name)
    for (const note of queues.notes) output.note(note)
    await probeStorage(storage)
    await using vision = await openFor(context, options)
    const layout = layoutOf(vision, options)
    await (
      await openStore(options.store, { layout, allowPrecision: options.allowPrecision ?? false, ...storeOptions(options.store) })
    ).close()
    let failed = 0
    const images = async function* (): AsyncGenerator<QueueImage> {
      for (; !next.done; next = await found.next()) {
        const { name, image, error } = next.value
        if (error) {
          failed++
          output.failure(name, error)
        } else yield image
      }
      tellPassedOver(output, next.value.passedOver)
      const split = options.split?.all
      for (const name of remote) for await (const image of remoteImages(name)) yield { ...image, ...(split !== undefined && { split }) }
    }
    const root = remote.length === 0 && local.length === 1 ? await folderAt(local[0]!) : undefined
    const plan = await planShards(queues, storage, images(), {
      ...(root !== undefined && { root }),
      ...(options.shard !== undefined && { shard: options.shard }),
      onRepeated: ({ id, source }) => output.detail(source, { id, outcome: 'repeated' }, `repeated ${source}: ${id} is planned already`),
      onProgress: (planned) => output.advance(planned, planned),
      signal,
    })
    output.end()
    output.report(
      options.store,
      { ...plan, failed, queue: queues.address.shown, name: queues.name },
      `${options.store}: ${plan.images} images in ${plan.shards} shards wait in ${queues.name} at ${queues.address.shown}${
        plan.repeated > 0 ? `; ${plan.repeated} left out, whose id another has` : ''
      }`,
    )
    output.note(`Next: dinokit worker --queue ${queues.address.shown} --store ${options.store}, on as many machines as you like`)
  } finally {
    storage.close()
    await queues?.close()
  }
}

/** The folder that was named, as other machines must have it; undefined for a file or a glob. */
async function folderAt(named: string): Promise<string | undefined> {
  return (await stat(named).catch(() => undefined))?.isDirectory() ? resolve(named) : undefined
}

/** Refuses what workers would pass over in silence. */
function assertOffered({ split, labels, labelsFromFolders }: IndexOptions, remote: readonly string[]): void {
  if (split?.shares)
    throw new DinokitError('invalid-option', 'Splits by shares are not made with --queue: nobody sees all the rows at once.', {
      given: 'shares',
      expected: 'the name of one split, or a column split of --labels',
      hint: 'Give each image its split by --labels.',
    })
  if (remote.length > 0 && (labels !== undefined || labelsFromFolders))
    throw new DinokitError('invalid-option', 'Labels are of files; images that come over the network get none.', {
      given: remote[0]!,
      expected: 'folders, files or globs with --labels and --labels-from-folders',
      hint: 'Plan those over the network without labels.',
    })
}
