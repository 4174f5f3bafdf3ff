import type { S3Client } from '@aws-sdk/client-s3'
import { DinokitError } from '@dinokit/core'
import { bucketError, isS3Status, openS3, parseS3 } from './s3-client.ts'
import type { Storage } from './storage.ts'

/** Keys that one request removes. */
const REMOVED = 1000

/**
 * Opens a place in a bucket as storage. What is written is safe when the call ends: that is what S3 promises.
 *
 * @param address - such as `s3://bucket/embeddings`
 * @throws DinokitError `invalid-option` for another address
 */
export async function s3Storage(address: string): Promise<Storage> {
  const { bucket, key: folder } = parseS3(address)
  const sdk = await import('@aws-sdk/client-s3')
  const client: S3Client = await openS3()
  const keyOf = (key: string): string => (folder === '' ? key : `${folder.replace(/\/$/, '')}/${key}`)
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      throw bucketError(address, cause)
    }
  }
  return {
    name: address,
    put: (key, bytes) =>
      guarded(async () => {
        await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: keyOf(key), Body: bytes }))
      }),
    putNew: (key, bytes) =>
      guarded(async () => {
        try {
          await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: keyOf(key), Body: bytes, IfNoneMatch: '*' }))
          return true
        } catch (cause) {
          // 409: another call was at the same key at the same time.
          if (isS3Status(cause, 412) || isS3Status(cause, 409)) return false
          throw cause
        }
      }),
    get: (key) =>
      guarded(async () => {
        try {
          const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: keyOf(key) }))
          return await Body!.transformToByteArray()
        } catch (cause) {
          if (isS3Status(cause, 404)) return undefined
          throw cause
        }
      }),
    list: (prefix) =>
      guarded(async () => {
        const keys: string[] = []
        const skip = keyOf('').length
        for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: keyOf(prefix) }))
          for (const { Key } of page.Contents ?? []) keys.push(Key!.slice(skip))
        return keys
      }),
    remove: (keys) =>
      guarded(async () => {
        for (let start = 0; start < keys.length; start += REMOVED) {
          const Objects = keys.slice(start, start + REMOVED).map((key) => ({ Key: keyOf(key) }))
          const { Errors } = await client.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }))
          if (Errors?.[0])
            throw new DinokitError('file-unwritable', `${address}/${Errors[0].Key} could not be removed: ${Errors[0].Message}.`)
        }
      }),
    close: () => client.destroy(),
  }
}
