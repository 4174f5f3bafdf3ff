import { DinokitError } from '@dinokit/core'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Queues } from '../queue/open-queues.ts'

/** A page that shows a queue. */
export interface Board {
  /** Address of the page. */
  readonly address: string
  close(): Promise<void>
}

/**
 * Serves Bull Board's page of a queue, on this machine alone.
 *
 * @param queues - stay the caller's
 * @param port - 0 for any that is free
 * @throws DinokitError `invalid-option` where Bull Board is not installed
 */
export async function serveBoard({ shards, merges }: Queues, port: number): Promise<Board> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]).catch((cause: unknown) => {
    throw new DinokitError('invalid-option', 'The page needs packages that are not installed.', {
      expected: '@bull-board/api and @bull-board/express',
      hint: 'Install them beside the command: npm install @bull-board/api @bull-board/express.',
      cause,
    })
  })
  const adapter = new ExpressAdapter()
  createBullBoard({ queues: [shards, merges].map((queue) => new BullMQAdapter(queue)), serverAdapter: adapter })
  const server = createServer(adapter.getRouter() as RequestListener).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
