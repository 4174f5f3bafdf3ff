import { createServer, type ServerOptions } from '@dinokit/server'
import { classification } from '@dinokit/head-classification'
import { open } from 'dinokit'
import { readFile } from 'node:fs/promises'
import { pino, type Logger } from 'pino'

/** A server on a port of its own, with the embedded model; whoever starts it disposes of it. */
export interface TestServer extends AsyncDisposable {
  readonly origin: string
  /** Lines of its log so far. */
  readonly lines: Readonly<Record<string, unknown>>[]
  /** Sends an image. */
  post(path: string, body: BodyInit, headers?: Readonly<Record<string, string>>): Promise<Response>
}

/**
 * Starts a server.
 *
 * @param options - of it; default: the embedded model, with its classifier
 */
export async function startServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const own = options.vision ? undefined : await open({ heads: { classification: classification() } })
  const lines: Record<string, unknown>[] = []
  const log: Logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) })
  const server = createServer({ vision: own!, log, ...options })
  const origin = await server.listen({ port: 0 })
  return {
    origin,
    lines,
    post: (path, body, headers = {}) =>
      fetch(origin + path, {
        method: 'POST',
        body,
        headers: { ...(!(body instanceof FormData) && { 'content-type': 'image/jpeg' }), ...headers },
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await own?.dispose()
    },
  }
}

/** A photograph of a cat, as a JPEG file. */
export async function readCat(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url)))
}
