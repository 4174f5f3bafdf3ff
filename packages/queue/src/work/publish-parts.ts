import { openLanceStore } from '@dinokit/store-node'
import { mergeParts, UNPACKED } from './merge-parts.ts'
import { countOpen } from '../queue/count-jobs.ts'
import { storeOptions } from '../storage/store-options.ts'
import { syncTree } from '../storage/sync-tree.ts'
import type { ShardTools } from './work-shard.ts'
import { isS3 } from '../storage/s3-client.ts'

/** Options of {@link publishParts}. */
export interface PublishOptions extends Pick<ShardTools, 'queues' | 'storage' | 'onEvent' | 'signal'> {
  readonly location: string
  readonly fsync: boolean
  /** Throws where the work is another's by now. */
  readonly assertMine: () => Promise<void>
}

/**
 * Merges what workers have made into the store, which readers see a commit at a time; and packs it and makes its indexes once
 * no shard is left.
 *
 * @throws DinokitError `store-locked` where another process writes, those of stores
 */
export async function publishParts({ queues, storage, onEvent, signal, location, fsync, assertMine }: PublishOptions): Promise<void> {
  await using store = await openLanceStore(location, { ...storeOptions(location), access: 'write' })
  const afterCommit = async (): Promise<void> => {
    if (fsync && !isS3(location)) await syncTree(location)
  }
  const rows = await mergeParts(store, storage, { assertMine, afterCommit, signal })
  if (rows > 0) onEvent({ kind: 'merged', rows })
  if (signal.aborted || (await countOpen(queues.shards)) > 0 || (await storage.get(UNPACKED)) === undefined) return
  await assertMine()
  onEvent({ kind: 'packing' })
  await store.optimize()
  await afterCommit()
  await storage.remove([UNPACKED])
  onEvent({ kind: 'packed', rows: await store.count() })
}
