import type { ByteSource } from '@dinokit/core'
import { readParquetStore } from './read-parquet-store.ts'
import { readSafetensorsStore } from './read-safetensors-store.ts'
import type { StoreFile } from '../contract/store-file.ts'

/**
 * Opens what {@link exportStore} wrote, Parquet or safetensors; its contents say which. No tensor is read yet.
 *
 * @param source - of the file; stays the caller's
 * @throws DinokitError `store-invalid` where it is no exported store, `contract-mismatch` where a newer dinokit wrote it,
 *   `checkpoint-invalid`, `checkpoint-unsafe`, `file-unreadable`
 */
export async function openStoreFile(source: ByteSource): Promise<StoreFile> {
  const magic = new TextDecoder().decode(await source.read(0, Math.min(4, source.size)))
  return magic === 'PAR1' ? readParquetStore(source) : readSafetensorsStore(source)
}
