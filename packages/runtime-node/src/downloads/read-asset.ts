import { assertNotAborted, describeAsset, type AssetOptions, type AssetReference, type ByteSource } from '@dinokit/core'
import { stat } from 'node:fs/promises'
import { hasCacheFolders } from './cache-folders.ts'
import { download } from './download.ts'
import { filePath } from '../files/file-path.ts'
import { ifThere } from '../files/if-there.ts'
import { openFileSource } from '../files/file-source.ts'
import { firstDownloadOf } from './first-download.ts'
import { cachedHubFile, hubFile } from './hub-file.ts'
import { ownPath } from '../files/own-path.ts'

/**
 * Opens a file of a model: on disk, from the hub by way of its standard cache, or from an address by way of
 * dinokit's own cache. Downloads are resumed and safe with several processes at once. They are checked for length and digest
 * where these are known: the hub says them, and a reference may; what else is downloaded must be what it was the first time.
 *
 * @param reference - which file
 * @param options - progress, cancellation
 * @throws DinokitError `file-not-found`, `file-unreadable`, `offline`, `download-failed`, `download-corrupt`,
 *   `download-changed`, `disk-full`, `file-unwritable`, `aborted`
 */
export async function readAsset(reference: AssetReference, options: AssetOptions = {}): Promise<ByteSource> {
  assertNotAborted(options.signal)
  if (reference.kind === 'file') return openFileSource(diskPath(reference.path))
  if (reference.kind === 'hub') return openFileSource(await hubFile(reference, options))
  const path = ownPath(reference.url)
  const { size, sha256 } = reference
  await download({
    ...options,
    name: describeAsset(reference),
    url: reference.url,
    path,
    first: firstDownloadOf(reference.url),
    ...(size !== undefined && { size }),
    ...(sha256 !== undefined && { digest: { kind: 'sha256', hex: sha256 } as const }),
  })
  return openFileSource(path)
}

/**
 * Where a file of a model lies on this machine, if it does.
 *
 * @param reference - which file
 * @returns its path, or undefined where it would have to be downloaded
 * @throws DinokitError `file-unreadable` where it can’t be looked at
 */
export async function findAsset(reference: AssetReference): Promise<string | undefined> {
  if (reference.kind !== 'file' && !hasCacheFolders()) return undefined
  if (reference.kind === 'hub') return cachedHubFile(reference)
  const path = reference.kind === 'file' ? diskPath(reference.path) : ownPath(reference.url)
  return (await ifThere(path, stat(path)))?.isFile() ? path : undefined
}

/**
 * Tells whether a path of the disk is a file or a folder.
 *
 * @param path - a path or a `file:` address
 * @throws DinokitError `file-unreadable` where it can’t be looked at
 */
export async function statPath(path: string): Promise<'file' | 'folder' | undefined> {
  const onDisk = diskPath(path)
  const stats = await ifThere(onDisk, stat(onDisk))
  return stats?.isDirectory() ? 'folder' : stats?.isFile() ? 'file' : undefined
}

function diskPath(path: string): string {
  return /^file:/i.test(path) ? filePath(path) : path
}
