import type { S3Client } from '@aws-sdk/client-s3'
import { DinokitError } from '@dinokit/core'

/** Place in a bucket. */
export interface S3Place {
  readonly bucket: string
  /** Key, or what keys begin with; empty for the whole bucket. */
  readonly key: string
}

/** Whether a name is an address in a bucket. */
export function isS3(name: string): boolean {
  return /^s3:\/\//i.test(name)
}

/**
 * Parses `s3://bucket/key`.
 *
 * @throws DinokitError `invalid-option`
 */
export function parseS3(address: string): S3Place {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/i.exec(address) ?? []
  if (bucket !== undefined) return { bucket, key }
  throw new DinokitError('invalid-option', `${address} is no address in a bucket.`, { given: address, expected: 's3://bucket/name' })
}

/** Endpoint that the environment names; undefined for Amazon's own. */
function endpoint(): string | undefined {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_ENDPOINT } = process.env
  return AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL ?? AWS_ENDPOINT
}

/**
 * Settings of object storage from the environment, as LanceDB names them, so that the store's tables and its other files go to
 * one place: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or AWS_ENDPOINT, AWS_REGION or AWS_DEFAULT_REGION. Keys come from where
 * Amazon's own tools find them.
 */
export function s3Options(): Record<string, string> {
  const at = endpoint()
  return {
    aws_region: region(),
    ...(at !== undefined && { aws_endpoint: at, ...(at.startsWith('http:') && { allow_http: 'true' }) }),
  }
}

function region(): string {
  return process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1'
}

/** Opens a client by the settings of the environment. */
export async function openS3(): Promise<S3Client> {
  // It warns of Node 20's age.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const { S3Client } = await import('@aws-sdk/client-s3')
  const at = endpoint()
  return new S3Client({
    region: region(),
    ...(at !== undefined && { endpoint: at, forcePathStyle: true }),
    // Servers other than Amazon's know no checksums of later kinds.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

/** Whether S3 answered with a status. */
export function isS3Status(cause: unknown, status: number): boolean {
  return (cause as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode === status
}

/** A failure of object storage as a DinokitError. */
export function bucketError(address: string, cause: unknown): DinokitError {
  if (DinokitError.is(cause)) return cause
  const { name, message } = cause as Error
  if (isS3Status(cause, 403) || /AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|Credentials/i.test(`${name} ${message}`))
    return new DinokitError('file-unwritable', `${address} can’t be used: permission is denied.`, {
      given: name,
      expected: 'a key that may list, read, write and delete there',
      hint: 'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or AWS_PROFILE. What was kept before is safe.',
      cause,
    })
  if (isS3Status(cause, 404))
    return new DinokitError('file-not-found', `There is no bucket for ${address}.`, {
      given: address,
      hint: 'Make the bucket first.',
      cause,
    })
  return new DinokitError('file-unwritable', `${address} can’t be used: ${message === '' ? name : message}.`, {
    given: address,
    hint: 'Is the storage up, and AWS_ENDPOINT_URL right? What was kept before is safe.',
    cause,
  })
}
