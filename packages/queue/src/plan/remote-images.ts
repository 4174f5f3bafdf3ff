import { DinokitError } from '@dinokit/core'
import { hasImageEnding } from '@dinokit/image-files'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { bucketError, isS3, openS3, parseS3 } from '../storage/s3-client.ts'
import { isRemoteImage, type QueueImage } from './queue-image.ts'

/** Whether an argument means images that come over the network: an address, `s3://bucket/photos/`, or a list of addresses, `photos.txt`. */
export function areRemote(named: string): boolean {
  return isRemoteImage(named) || /\.txt$/i.test(named)
}

/**
 * Lists images that come over the network, one at a time.
 *
 * @param named - `s3://bucket/photos/` for the images below it, by the endings of their names; an address; or the path of a text
 *   file with one address a line
 * @throws DinokitError `file-not-found`, `file-unreadable`, `invalid-option` with the line that is no address
 */
export async function* remoteImages(named: string): AsyncGenerator<QueueImage, void, undefined> {
  if (isS3(named)) yield* imagesInBucket(named)
  else if (/\.txt$/i.test(named)) yield* listedImages(named)
  else yield imageAt(named)
}

/** An image by its address; its id is the address without the protocol. */
function imageAt(address: string): QueueImage {
  return { id: address.replace(/^[a-z\d]+:\/\//i, ''), source: address }
}

async function* imagesInBucket(address: string): AsyncGenerator<QueueImage, void, undefined> {
  const { bucket, key: prefix } = parseS3(address)
  const { paginateListObjectsV2 } = await import('@aws-sdk/client-s3')
  const client = await openS3()
  // As of folders: the name of the last one that was named, then what is below it.
  const above = prefix.replace(/\/$/, '').lastIndexOf('/') + 1
  try {
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }))
      for (const { Key: key = '' } of page.Contents ?? [])
        if (hasImageEnding(key)) yield { id: prefix === '' ? `${bucket}/${key}` : key.slice(above), source: `s3://${bucket}/${key}` }
  } catch (cause) {
    throw bucketError(address, cause)
  } finally {
    client.destroy()
  }
}

async function* listedImages(path: string): AsyncGenerator<QueueImage, void, undefined> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity })
  let number = 0
  try {
    for await (const line of lines) {
      number++
      const address = line.trim()
      if (address === '' || address.startsWith('#')) continue
      if (!/^(?:https?|s3):\/\/./i.test(address) || !URL.canParse(address))
        throw new DinokitError('invalid-option', `Line ${number} of ${path} is no address.`, {
          given: address,
          expected: 'one address a line, such as https://example.com/photo.jpg',
          hint: 'Lines that begin with # are passed over.',
        })
      yield imageAt(address)
    }
  } catch (cause) {
    if (DinokitError.is(cause)) throw cause
    throw new DinokitError('file-not-found', `${path} can’t be read: ${String(cause)}.`, { given: path, cause })
  }
}
