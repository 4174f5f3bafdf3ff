import { DinokitError } from '@dinokit/core'
import { isS3Status, openS3, parseS3 } from './s3-client.ts'
import type { S3Client } from '@aws-sdk/client-s3'

/** Reader of objects of buckets. */
export interface Bucket {
  /**
   * Reads an object.
   *
   * @throws DinokitError `file-not-found`, `file-unreadable`, `download-failed`
   */
  read(address: string): Promise<Uint8Array>
  close(): void
}

/** Makes a reader; it connects when it is first asked. */
export function createBucket(): Bucket {
  let opening: Promise<S3Client> | undefined
  return {
    async read(address) {
      const { GetObjectCommand } = await import('@aws-sdk/client-s3')
      const client = await (opening ??= openS3())
      const { bucket, key } = parseS3(address)
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return await Body!.transformToByteArray()
      } catch (cause) {
        if (isS3Status(cause, 404)) throw new DinokitError('file-not-found', `There is no object ${address}.`, { given: address, cause })
        if (isS3Status(cause, 403))
          throw new DinokitError('file-unreadable', `${address} can’t be read: permission is denied.`, { given: address, cause })
        throw new DinokitError('download-failed', `${address} could not be read: ${(cause as Error).message}.`, { given: address, cause })
      }
    },
    close: () => void opening?.then((client) => client.destroy()).catch(() => {}),
  }
}
