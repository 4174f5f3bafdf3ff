import { openStore, type StoredInfo } from './part-store.ts'

/** A file that was downloaded into the browser's cache, whole or in part. */
export interface CachedFile {
  /** Name for people, such as `facebook/dinov2-small/model.safetensors`. */
  readonly name: string
  /** The address that it came from. */
  readonly url: string
  /** Bytes that are here. */
  readonly size: number
  /** Whether it is all here; what is not is resumed by the next download. */
  readonly complete: boolean
}

/** The files in the browser's cache. */
export async function listCache(): Promise<CachedFile[]> {
  const store = await openStore()
  const infos = await Promise.all((await store.keys()).map((key) => store.info(key)))
  return infos
    .filter((info): info is StoredInfo => info !== undefined)
    .map(({ name, url, parts, complete }) => ({ name, url, size: parts.reduce((sum, length) => sum + length, 0), complete }))
}

/**
 * Deletes files from the browser's cache.
 *
 * @param name - of one file; default: all of them
 */
export async function clearCache(name?: string): Promise<void> {
  const store = await openStore()
  for (const key of await store.keys()) {
    if (name === undefined || (await store.info(key))?.name === name) await store.remove(key)
  }
}
