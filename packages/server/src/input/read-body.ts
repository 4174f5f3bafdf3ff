import { DinokitError } from '@dinokit/core'
import type { Readable } from 'node:stream'
import { BusyError } from '../status-of.ts'
import type { ByteBudget } from '../work/byte-budget.ts'

/** Limits of what is read into memory. */
export interface ReadLimits {
  /** Bytes that it may have. */
  readonly most: number
  /** Bytes that all requests hold; they are the caller's to give back: as many as the result has. */
  readonly budget: ByteBudget
  /** Ends the reading. */
  readonly signal: AbortSignal
}

/** Seconds after which a client whose bytes found no room is asked to try again. */
const RETRY_AFTER = 2

/**
 * Reads a stream into memory. Where it fails the rest of the stream is left unread, and nothing is held.
 *
 * @param name - of what is read, for messages
 * @param stream - to read
 * @param limits - sizes and time
 * @throws DinokitError `image-too-large` beyond the limit; BusyError where all requests together hold too much; the signal's reason
 */
export function readBody(name: string, stream: Readable, { most, budget, signal }: ReadLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const stop = (): void => {
      signal.removeEventListener('abort', onAbort)
      stream.off('data', onData).off('end', onEnd).off('close', onClose).off('error', fail)
    }
    const fail = (error: Error): void => {
      stop()
      // What was read is forgotten, and the stream goes on by itself: whoever owns it ends it.
      stream.on('error', () => {}).resume()
      budget.give(length)
      reject(error)
    }
    const onData = (chunk: Buffer): void => {
      if (length + chunk.length > most) return fail(tooLarge(name, `more than ${most} bytes`, most))
      if (!budget.take(chunk.length)) return fail(new BusyError('The server is busy: its memory for images is full.', RETRY_AFTER))
      chunks.push(chunk)
      length += chunk.length
    }
    const onEnd = (): void => {
      stop()
      resolve(Buffer.concat(chunks, length))
    }
    const onClose = (): void => fail(new DinokitError('aborted', `${name} ended before it was whole.`))
    const onAbort = (): void => fail(signal.reason as Error)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    stream.on('data', onData).on('end', onEnd).on('close', onClose).on('error', fail)
  })
}

/**
 * Makes the error of a body that is too large.
 *
 * @param name - of what was read
 * @param given - its size
 * @param most - bytes that it may have
 */
export function tooLarge(name: string, given: string, most: number): DinokitError {
  return new DinokitError('image-too-large', `${name} is larger than this server takes.`, {
    given,
    expected: `at most ${most} bytes`,
    hint: 'Make the image smaller.',
  })
}
