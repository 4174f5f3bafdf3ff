import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { flakyServer } from './flaky-server.ts'

/** A server for one test; whoever starts it disposes of it. */
export interface LocalServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8080`. */
  readonly origin: string
  /** Requests so far: method and path, then when, by the server's clock. */
  readonly asked: readonly { readonly line: string; readonly at: number; readonly headers: IncomingMessage['headers'] }[]
}

/**
 * Starts a server on this machine.
 *
 * @param listener - answers; default: as {@link flakyServer} does
 */
export async function serveLocally(
  listener: RequestListener = (request, response) => flakyServer(request, response, () => response.writeHead(404).end()),
): Promise<LocalServer> {
  const asked: { line: string; at: number; headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, response) => {
    asked.push({ line: `${request.method} ${request.url}`, at: performance.now(), headers: request.headers })
    listener(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
