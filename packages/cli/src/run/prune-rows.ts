import type { Store } from '@dinokit/store'
import { findGoneRows } from '../input/gone-rows.ts'
import type { Output } from '../output/console-output.ts'

/** Counts of rows whose file is gone, for a summary: how many would leave, or have left. */
export type Pruned = { readonly gone: number } | { readonly removed: number }

/**
 * Names the rows of some folders whose image file is no longer there; where that is wanted, they leave.
 *
 * @param named - folders, files and globs, as they are indexed
 * @param remove - false for a dry run
 */
export async function pruneRows(output: Output, store: Store, named: readonly string[], remove: boolean): Promise<Pruned> {
  const rows = await findGoneRows(store, named)
  if (!remove) {
    for (const { id, source } of rows) output.result(source, { id, outcome: 'gone' }, `gone ${id}`)
    if (rows.length > 0) output.note(`${rows.length} rows would leave, as their files are gone. Remove them with --prune --yes.`)
    return { gone: rows.length }
  }
  const removed = await store.remove(rows.map(({ id }) => id))
  for (const { id, source } of rows) output.detail(source, { id, outcome: 'removed' }, `removed ${id}`)
  return { removed }
}
