import { assertNotAborted, DinokitError, type FetchImageOptions, type Pixels } from '@dinokit/core'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { ImageSource, NamedBytes } from './image-source.ts'
import { collect } from '../downloads/collect.ts'
import { fetchBytes } from '../downloads/fetch-bytes.ts'
import { fileError } from '../files/file-error.ts'
import { filePath } from '../files/file-path.ts'

/**
 * Brings any source but pixels into memory, with a bound.
 *
 * @throws DinokitError `file-not-found`, `file-unreadable`, `download-failed`, `image-too-large`, `invalid-option`, `aborted`
 */
export async function readEncoded(source: Exclude<ImageSource, Pixels>, options: FetchImageOptions): Promise<NamedBytes> {
  const { signal } = options
  if (source instanceof Uint8Array) return { name: 'The image', bytes: source }
  if (source instanceof ArrayBuffer) return { name: 'The image', bytes: new Uint8Array(source) }
  if (typeof source === 'string' && !/^(https?|data):/i.test(source)) return readFile(source, signal)
  if (source instanceof URL && source.protocol === 'file:') return readFile(filePath(source), signal)
  if (typeof source === 'string' || source instanceof URL) return fetchBytes(source, options)
  if (source instanceof Blob) {
    const name = 'name' in source && typeof source.name === 'string' ? source.name : 'The image'
    return readStream(name, source.stream(), signal)
  }
  if (source instanceof Readable || source instanceof ReadableStream) return readStream('The image', source, signal)
  if (isNamedBytes(source)) return source
  throw new DinokitError('invalid-option', `An image can’t be read from ${source === null ? 'null' : typeof source}.`, {
    given: source === null ? 'null' : typeof source,
    expected: 'a path, URL, Buffer, ArrayBuffer, Blob, stream, { name, bytes }, or { data, width, height }',
  })
}

function isNamedBytes(source: unknown): source is NamedBytes {
  return (
    typeof source === 'object' &&
    source !== null &&
    'name' in source &&
    typeof source.name === 'string' &&
    'bytes' in source &&
    source.bytes instanceof Uint8Array
  )
}

async function readFile(path: string, signal: AbortSignal | undefined): Promise<NamedBytes> {
  try {
    return await collect(path, createReadStream(path, { highWaterMark: 1 << 20 }), signal)
  } catch (cause) {
    throw DinokitError.is(cause) ? cause : fileError(path, cause)
  }
}

/** Streams fail with errors of their owners’. */
async function readStream(name: string, stream: unknown, signal: AbortSignal | undefined): Promise<NamedBytes> {
  try {
    return await collect(name, stream as AsyncIterable<Uint8Array>, signal)
  } catch (cause) {
    assertNotAborted(signal)
    if (DinokitError.is(cause)) throw cause
    throw new DinokitError('file-unreadable', `${name} can’t be read to its end: ${String(cause)}.`, {
      given: String(cause),
      expected: 'a stream of bytes that nobody else reads',
      cause,
    })
  }
}
