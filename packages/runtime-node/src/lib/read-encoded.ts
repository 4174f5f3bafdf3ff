import { assertNotAborted, DinokitError, type Pixels } from '@dinokit/core'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { ImageSource } from '../image-source.ts'
import { fetchByProxy } from './fetch-by-proxy.ts'
import { fileError } from './file-error.ts'

/** An image file in memory. */
export interface Encoded {
  /** What a person knows it by. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** Longest image file that is read. */
const LONGEST = 512 * 1024 * 1024

/**
 * Brings any source but pixels into memory, with a bound.
 *
 * @throws DinokitError `file-not-found`, `file-unreadable`, `download-failed`, `image-too-large`, `invalid-option`, `aborted`
 */
export async function readEncoded(source: Exclude<ImageSource, Pixels>, signal: AbortSignal | undefined): Promise<Encoded> {
  if (source instanceof Uint8Array) return { name: 'The picture', bytes: source }
  if (source instanceof ArrayBuffer) return { name: 'The picture', bytes: new Uint8Array(source) }
  if (typeof source === 'string' && !/^(https?|data):/i.test(source)) return readFile(source, signal)
  if (typeof source === 'string' || source instanceof URL) return readUrl(new URL(source), signal)
  if (source instanceof Blob) {
    return collect(
      'name' in source && typeof source.name === 'string' ? source.name : 'The picture',
      source.stream() as AsyncIterable<Uint8Array>,
      signal,
    )
  }
  if (source instanceof Readable || source instanceof ReadableStream)
    return collect('The picture', source as AsyncIterable<Uint8Array>, signal)
  throw new DinokitError('invalid-option', `A picture can’t be read from ${source === null ? 'null' : typeof source}.`, {
    given: String(source),
    expected: 'a path, URL, Buffer, ArrayBuffer, Blob, stream, or { data, width, height }',
  })
}

async function readFile(path: string, signal: AbortSignal | undefined): Promise<Encoded> {
  try {
    return await collect(path, createReadStream(path, { highWaterMark: 1 << 20 }), signal)
  } catch (cause) {
    throw DinokitError.is(cause) ? cause : fileError(path, cause)
  }
}

async function readUrl(url: URL, signal: AbortSignal | undefined): Promise<Encoded> {
  if (url.protocol === 'file:') return readFile(fileURLToPath(url), signal)
  const name = url.protocol === 'data:' ? 'The picture' : url.href
  try {
    const response = await fetchByProxy(url, { ...(signal && { signal }) })
    if (!response.ok)
      throw new DinokitError(
        response.status === 404 ? 'file-not-found' : 'download-failed',
        `${name} answered ${response.status} ${response.statusText}.`,
        {
          given: String(response.status),
          expected: '200 OK',
        },
      )
    return await collect(name, (response.body ?? []) as AsyncIterable<Uint8Array>, signal)
  } catch (cause) {
    assertNotAborted(signal)
    if (DinokitError.is(cause)) throw cause
    throw new DinokitError('download-failed', `${name} can’t be fetched.`, {
      given: String(cause instanceof Error ? (cause.cause ?? cause) : cause),
      hint: 'Check the address and the connection.',
      cause,
    })
  }
}

async function collect(name: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Encoded> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    assertNotAborted(signal)
    length += chunk.byteLength
    if (length > LONGEST)
      throw new DinokitError('image-too-large', `${name} has more than ${LONGEST} bytes.`, {
        expected: `an image file of at most ${LONGEST} bytes`,
      })
    parts.push(chunk)
  }
  return { name, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts, length) }
}
