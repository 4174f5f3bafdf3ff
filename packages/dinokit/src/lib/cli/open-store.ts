import type { Store } from '@dinokit/store'
import type { LanceStoreOptions } from '@dinokit/store-node'

/**
 * Opens a store. LanceDB is loaded no earlier, so that the other commands start fast, and told to keep its warnings for
 * itself, unless LANCEDB_LOG says otherwise.
 *
 * @throws DinokitError of `openLanceStore`
 */
export async function openStore(location: string, options: LanceStoreOptions = {}): Promise<Store> {
  process.env.LANCEDB_LOG ??= 'error'
  const { openLanceStore } = await import('@dinokit/store-node')
  return openLanceStore(location, options)
}
