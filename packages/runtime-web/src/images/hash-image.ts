import { assertNotAborted, type HashOptions } from '@dinokit/core'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { DecodeHost } from './decode-host.ts'
import { decodeImage, isEncoded } from './open-image.ts'
import type { ImageSource } from './image-source.ts'
import { readEncoded } from './read-encoded.ts'

/**
 * sha256 of an image’s file, lower-case hexadecimal; of what the page shows and of pixels, of their sides and samples.
 *
 * @param source - as `decodeImage` takes it
 * @param options - cancellation
 * @param host - the worker that reads pixels back; undefined: this thread
 * @throws DinokitError those of `decodeImage`
 */
export async function hashImage(source: ImageSource, options: HashOptions, host: DecodeHost | undefined): Promise<string> {
  if (!isEncoded(source)) {
    const { width, height, data } = await decodeImage(source, options, host)
    return bytesToHex(
      sha256
        .create()
        .update(new TextEncoder().encode(`${width}x${height} `))
        .update(data)
        .digest(),
    )
  }
  const { blob } = await readEncoded(source, options.signal && { signal: options.signal })
  const bytes = new Uint8Array(await blob.arrayBuffer())
  assertNotAborted(options.signal)
  return bytesToHex(sha256(bytes))
}
