import type { OnProgress } from '@dinokit/core'
import type { Store } from '@dinokit/store'
import type { LanceStoreOptions } from '@dinokit/store-node'
import type { Output } from '../output/console-output.ts'

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

/** Shows how many rows, or other units, are done. */
export function rowsDone(output: Output): OnProgress {
  return ({ done, total = 0, unit = 'rows' }) => output.advance(done, total, unit)
}
