import { assertNotAborted, DinokitError } from '@dinokit/core'
import type { NamedBytes } from '../images/image-source.ts'

/** Longest image file that is read. */
const LONGEST = 512 * 1024 * 1024

/**
 * Brings a stream of bytes into memory, with a bound.
 *
 * @param onChunk - told of every piece
 * @throws DinokitError `image-too-large`, `invalid-option` where it is no bytes that come, `aborted`; and what the stream throws
 */
export async function collect(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onChunk?: () => void,
): Promise<NamedBytes> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    onChunk?.()
    assertNotAborted(signal)
    if (!ArrayBuffer.isView(chunk)) {
      throw new DinokitError('invalid-option', `${name} is a stream of ${typeof chunk === 'string' ? 'text' : 'something else'}.`, {
        given: typeof chunk,
        expected: 'a stream of bytes',
      })
    }
    length += chunk.byteLength
    if (length > LONGEST)
      throw new DinokitError('image-too-large', `${name} has more than ${LONGEST} bytes.`, {
        expected: `an image file of at most ${LONGEST} bytes`,
      })
    parts.push(chunk)
  }
  return { name, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts, length) }
}
