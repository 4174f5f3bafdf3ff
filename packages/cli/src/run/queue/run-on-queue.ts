import type { StoreLayout } from '@dinokit/store'
import type { LanceStoreOptions } from '@dinokit/store-node'
import { open } from 'dinokit'
import { loadQueue } from '../../input/load-queue.ts'
import { openStore } from '../../input/open-store.ts'
import { openOptions } from '../../options/image-options.ts'
import type { WorkerOptions } from '../../options/queue/queue-options.ts'
import type { CommandContext } from '../../output/command-context.ts'

/**
 * Works on a queue, and tells what became of each shard.
 *
 * @param context - of the command
 * @param options - of the command
 * @throws DinokitError those of queues, stores and models
 */
export async function runOnQueue({ output, signal }: CommandContext, options: WorkerOptions): Promise<void> {
  const { outputsOf, runWorker, storeOptions } = await loadQueue()
  const { layout, rows } = await readStore(options.store, storeOptions(options.store))
  const { fingerprint } = layout
  // Images are decoded as those of the store were.
  const decode = fingerprint.preprocessing.startsWith('fast-') ? 'fast' : 'exact'
  const model = options.model ?? fingerprint.model
  await using vision = await open({
    ...openOptions({ ...options, model, decode }),
    ...outputsOf(layout),
    onProgress: output.onProgress,
    signal,
  })
  let [added, kept, failed] = [0, 0, 0]
  output.note(`${options.store}: ${rows} rows; this worker is process ${process.pid}`)
  const { queue, name, store, batch, lockSeconds, publishSeconds, fsync, untilDone, allowPrecision } = options
  await runWorker({
    queue,
    store,
    vision,
    lockSeconds,
    publishSeconds,
    fsync,
    untilDone,
    signal,
    ...(name !== undefined && { name }),
    ...(batch !== undefined && { batch }),
    ...(allowPrecision !== undefined && { allowPrecision }),
    onEvent(event) {
      if (event.kind === 'note') output.note(event.text)
      else if (event.kind === 'lost')
        output.note(`${event.images} planned images had neither a row nor a failure, such as ${event.example}: they are in the queue again`)
      else if (event.kind === 'failed') output.failure(event.source, event.error)
      else if (event.kind === 'shard') {
        added += event.added
        kept += event.kept
        failed += event.failed
        output.detail(store, event, `shard of ${event.images}: ${event.added} added, ${event.kept} kept, ${event.failed} failed`)
      } else if (event.kind !== 'packing')
        output.detail(store, event, `${event.kind === 'merged' ? 'published' : 'packed'} ${event.rows} rows`)
    },
  })
  output.report(store, { added, kept, failed }, `${store}: ${added} added, ${kept} kept, ${failed} failed by this worker`)
}

async function readStore(location: string, options: LanceStoreOptions): Promise<{ readonly layout: StoreLayout; readonly rows: number }> {
  await using store = await openStore(location, options)
  return { layout: store.layout, rows: await store.count() }
}
