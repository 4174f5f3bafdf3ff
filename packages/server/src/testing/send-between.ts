import { expect } from 'vitest'
import type { ErrorBody } from '../index.ts'
import type { TestServer } from './start-server.ts'

/** Statuses of an image that is too large, and of one that can't be decoded. */
const REFUSED = [413, 422]

/** Fate of hostile files. */
export interface SentBetween {
  /** Those that could be decoded all the same. */
  readonly decoded: number
  readonly refused: number
}

/**
 * Sends hostile files, and with each a good one: that must be answered, and those with it be decoded or refused with an image's code.
 *
 * @param server - to send them to
 * @param files - that are hostile
 * @param good - an image
 */
export async function sendBetween(
  server: TestServer,
  files: readonly Uint8Array<ArrayBuffer>[],
  good: Uint8Array<ArrayBuffer>,
): Promise<SentBetween> {
  let [decoded, refused] = [0, 0]
  for (const file of files) {
    const [hostile, beside] = await Promise.all([server.post('/embed?size=28', file), server.post('/embed?size=28', good)])
    expect(beside.status).toBe(200)
    await beside.arrayBuffer()
    if (hostile.status === 200) {
      await hostile.arrayBuffer()
      decoded += 1
      continue
    }
    const { error } = (await hostile.json()) as ErrorBody
    expect([hostile.status, error.code], error.message).toEqual([expect.toBeOneOf(REFUSED), expect.stringMatching(/^image-/)])
    refused += 1
  }
  return { decoded, refused }
}
