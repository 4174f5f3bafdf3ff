import { DinokitError } from '@dinokit/core'
import { hashFile } from '@dinokit/image-files'
import { fetchImage } from '@dinokit/runtime-node'
import type { ImageToStore } from '@dinokit/store'
import { createHash, randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRemoteImage, type QueueImage } from '../plan/queue-image.ts'
import { isS3 } from '../storage/s3-client.ts'
import type { Bucket } from '../storage/s3-images.ts'

/** Images of a shard as files of this machine. */
export interface LocalImages {
  readonly images: readonly ImageToStore<string>[]
  /** A failure with the image's own name, in place of the file that it was downloaded to. */
  explain(image: ImageToStore<string>, error: DinokitError): DinokitError
  /** Removes what was downloaded for an image. */
  forget(image: ImageToStore<string>): Promise<void>
}

/** Downloads at a time. */
const DOWNLOADS = 16

/**
 * Makes a shard's images readable: files as they are, and what is elsewhere downloaded once, when its hash is asked for.
 *
 * @param images - of the shard
 * @param folder - for downloads; stays the caller's
 * @param bucket - reads objects of buckets
 */
export function localImages(images: readonly QueueImage[], folder: string, bucket: Bucket, signal: AbortSignal): LocalImages {
  let running = 0
  const queue: (() => void)[] = []
  const limited = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= DOWNLOADS) await new Promise<void>((go) => queue.push(go))
    running++
    try {
      return await work()
    } finally {
      running--
      queue.shift()?.()
    }
  }
  const download = async (source: string, path: string): Promise<string> => {
    const bytes = isS3(source) ? await bucket.read(source) : (await fetchImage(source, { signal }))!.bytes
    await writeFile(path, bytes)
    return createHash('sha256').update(bytes).digest('hex')
  }
  return {
    images: images.map((image): ImageToStore<string> => {
      if (!isRemoteImage(image.source)) return { ...image, image: image.source, hash: () => hashFile(image.source) }
      const path = join(folder, randomBytes(8).toString('hex'))
      return { ...image, image: path, hash: () => limited(() => download(image.source, path)) }
    }),
    explain({ source, image }, error) {
      if (!isRemoteImage(source) || !error.message.includes(image)) return error
      return new DinokitError(error.code, error.message.replaceAll(image, source), { cause: error.cause })
    },
    forget: async ({ source, image }) => (isRemoteImage(source) ? rm(image, { force: true }) : undefined),
  }
}
