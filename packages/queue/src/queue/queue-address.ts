import { DinokitError } from '@dinokit/core'

/** Where a queue is. */
export interface QueueAddress {
  readonly engine: 'redis' | 'postgres'
  /** With its password. */
  readonly url: string
  /** Without it, for people. */
  readonly shown: string
}

/**
 * Parses the address of a queue.
 *
 * @param text - `redis://`, `rediss://`, `postgres://` or `postgresql://`
 * @throws DinokitError `invalid-option`
 */
export function parseQueueAddress(text: string): QueueAddress {
  const [, protocol] = /^(rediss?|postgres(?:ql)?):\/\//i.exec(text) ?? []
  if (protocol === undefined || !URL.canParse(text))
    throw new DinokitError('invalid-option', 'The address of the queue is not understood.', {
      given: text.replace(/\/\/[^/@]*@/, '//…@'),
      expected: 'redis://host:6379, or postgres://user@host/database',
    })
  const url = new URL(text)
  if (url.password !== '') url.password = '…'
  const engine = protocol.toLowerCase().startsWith('redis') ? 'redis' : 'postgres'
  return { engine, url: text, shown: decodeURI(url.href) }
}
