import { assertPixels, DinokitError, isPixels, type HashOptions } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { ImageSource } from './image-source.ts'
import { fileError } from '../files/file-error.ts'
import { readEncoded } from './read-encoded.ts'

/**
 * sha256 of an image’s file, lower-case hexadecimal; of pixels, of their sides and samples.
 *
 * @param source - as `decodeImage` takes it, but for streams
 * @param options - cancellation
 * @throws DinokitError `file-not-found`, `file-unreadable`, `download-failed`, `image-too-large`, `aborted`; `invalid-option`
 *   for a stream, which can be read once only
 */
export async function hashImage(source: ImageSource, { signal }: HashOptions = {}): Promise<string> {
  const hash = createHash('sha256')
  if (isPixels(source)) {
    assertPixels(source)
    return hash.update(`${source.width}x${source.height} `).update(source.data).digest('hex')
  }
  if (source instanceof Readable || source instanceof ReadableStream) {
    throw new DinokitError('invalid-option', 'A stream can be read only once, so it can’t be hashed first.', {
      given: 'a stream',
      expected: 'a path, URL, Buffer, ArrayBuffer, Blob, or { data, width, height }',
      hint: 'Give its bytes, or its hash.',
    })
  }
  const path = pathOf(source)
  if (path === undefined) return hash.update((await readEncoded(source, { ...(signal && { signal }) })).bytes).digest('hex')
  try {
    await pipeline(createReadStream(path), hash, { ...(signal && { signal }) })
  } catch (cause) {
    if (signal?.aborted) throw new DinokitError('aborted', 'The work was canceled.', { cause })
    throw fileError(path, cause)
  }
  return hash.digest('hex')
}

/** A file of any length need not be in memory as a whole. */
function pathOf(source: ImageSource): string | undefined {
  if (typeof source === 'string') return /^(https?|data):/i.test(source) ? undefined : source
  return source instanceof URL && source.protocol === 'file:' ? fileURLToPath(source) : undefined
}
