import { createHash, timingSafeEqual } from 'node:crypto'
import { StatusError } from './status-of.ts'

/**
 * Makes a check of API keys. Digests of equal length are compared, all of them each time, so that how long it takes tells nothing of the keys.
 *
 * @param keys - that let a request in
 * @returns a function that takes a request's `Authorization` header
 * @throws StatusError 401 `not-allowed`, by the function
 */
export function createKeyCheck(keys: readonly string[]): (authorization: string | undefined) => void {
  const digests = keys.map(digestOf)
  return (authorization) => {
    const given = digestOf(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '')
    const matches = digests.filter((digest) => timingSafeEqual(digest, given)).length
    if (matches > 0) return
    throw new StatusError(
      401,
      'not-allowed',
      authorization === undefined ? 'The request has no API key.' : 'The API key is not one of the server’s.',
      {
        expected: 'the header Authorization: Bearer KEY',
        hint: 'Ask whoever runs the server for a key.',
      },
    )
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
