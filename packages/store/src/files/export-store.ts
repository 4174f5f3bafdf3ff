import { assertNotAborted } from '@dinokit/core'
import type { ExportOptions, StoreFormat } from './export-options.ts'
import { exportParquet } from './export-parquet.ts'
import { exportSafetensors } from './export-safetensors.ts'
import type { Store } from '../contract/store.ts'

/**
 * A store as one file, piece by piece; a piece is never larger than a few thousand rows.
 *
 * - `parquet`: columns `id`, `source`, `hash`, `label`, `annotation`, `split`, `placement` (JSON), and each tensor as a list of
 *   float32, row-major; the layout with the shapes is JSON in the metadata, as `dinokit`. pandas and pyarrow read it.
 * - `safetensors`: each tensor as [rows][...shape] in the store's element type, and `rows`, the bytes of a JSON object a line
 *   with what is known of each image; the layout is JSON in the metadata, as `dinokit`.
 *
 * @param store - stays the caller's
 * @param format - of the file
 * @param options - which rows, progress, cancellation
 * @throws DinokitError of {@link Store.iterate}
 */
export async function* exportStore(
  store: Store,
  format: StoreFormat,
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of format === 'parquet' ? exportParquet(store, options) : exportSafetensors(store, options)) {
    assertNotAborted(options.signal)
    yield piece
  }
}
