import { DinokitError } from '@dinokit/core'
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
 * @throws DinokitError `invalid-option` for other addresses
 */
export async function openStorage(location: string, fsync: boolean): Promise<Storage> {
  if (isS3(location)) return s3Storage(location)
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(location)) return folderStorage(resolve(location), fsync)
  throw new DinokitError('invalid-option', 'Many workers fill stores in folders and in buckets of S3 only.', {
    given: location,
    expected: 'a folder that all workers share, or s3://bucket/name',
    hint: 'A store elsewhere is filled by one `dinokit index` without --queue.',
  })
}
