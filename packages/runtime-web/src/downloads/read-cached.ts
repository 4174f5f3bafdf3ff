import { blobSource, type AssetOptions, type AssetReference, type ByteSource } from '@dinokit/core'
import { assertInsideRepo, resolveHubFile, type HubOptions } from '@dinokit/runtime-kit'
import { download, findDownload } from './download.ts'

/** Options of `readAsset`. */
export interface WebAssetOptions extends AssetOptions {
  /** Address of the hub, and the access token. */
  readonly hub?: HubOptions
}

/** A file that is downloaded, and kept in the browser's cache. */
export type RemoteReference = Exclude<AssetReference, { kind: 'file' }>

/**
 * Opens a file of the hub or of an address by way of the browser's cache.
 *
 * @param name - in messages
 * @param reference - which file
 * @param options - as `readAsset` takes them
 * @throws DinokitError as `readAsset`
 */
export async function readCached(name: string, reference: RemoteReference, options: WebAssetOptions): Promise<ByteSource> {
  const { hub, ...rest } = options
  const { signal } = options
  const key = keyOf(reference)
  if (reference.kind === 'url') {
    const { url, size, sha256 } = reference
    const digest = sha256 === undefined ? undefined : ({ kind: 'sha256', hex: sha256 } as const)
    return blobSource(name, await download({ ...rest, name, key, url, ...(size !== undefined && { size }), ...(digest && { digest }) }))
  }
  assertInsideRepo(reference)
  const found = await findDownload(key)
  if (found) return blobSource(name, found)
  const { url, ...known } = await resolveHubFile(reference, { ...hub, ...(signal && { signal }) })
  const headers = hub?.accessToken ? { authorization: `Bearer ${hub.accessToken}` } : {}
  return blobSource(name, await download({ ...rest, name, key, url, headers, ...known }))
}

/** Key of a file in the browser's cache, if it is there. */
export async function findCached(reference: RemoteReference): Promise<string | undefined> {
  const key = keyOf(reference)
  return (await findDownload(key)) && key
}

function keyOf(reference: RemoteReference): string {
  return reference.kind === 'url' ? reference.url : `${reference.repo}@${reference.revision ?? 'main'}/${reference.file}`
}
