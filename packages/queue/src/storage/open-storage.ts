import { resolve } from 'node:path'
import { folderStorage } from './folder-storage.ts'
import { isS3 } from './s3-client.ts'
import { s3Storage } from './s3-storage.ts'
import type { Storage } from './storage.ts'

/**
 * Opens the storage of a store: its folder, or its place in a bucket.
 *
 * @param location - of the store
 * @param fsync - see {@link folderStorage}
 */
export async function openStorage(location: string, fsync: boolean): Promise<Storage> {
  return isS3(location) ? s3Storage(location) : folderStorage(resolve(location), fsync)
}
