import { DinokitError } from '@dinokit/core'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { pino } from 'pino'
import { createApp } from './create-app.ts'
import { createMetrics } from './about/metrics.ts'
import { assertStoreFits } from './answers/search.ts'
import { createFetcher } from './input/fetch-address.ts'
import { SERVER_LIMITS, type ServerOptions } from './server-options.ts'
import { createByteBudget } from './work/byte-budget.ts'
import { createTokensQueue } from './work/tokens-queue.ts'

/** Where a server listens. */
export interface ListenOptions {
  /** Default 8080; 0 takes any that is free. */
  readonly port?: number
  /** Default 127.0.0.1: this machine alone. 0.0.0.0 is all the machine's addresses. */
  readonly host?: string
}

/** Way to end a server. */
export interface CloseOptions {
  /** Milliseconds in which new requests are answered 503 and `/ready` too, so that whoever sends them learns of it. Default 500. */
  readonly graceMs?: number
  /** Milliseconds after which what is not answered is cut off. Default 30,000. */
  readonly withinMs?: number
}

/** A server. Whoever made it closes it; closing twice is safe. */
export interface Server extends AsyncDisposable {
  /**
   * Begins to listen.
   *
   * @param options - port and host
   * @returns its origin, such as `http://127.0.0.1:8080`
   * @throws Error of node:net where the port is taken
   */
  listen(options?: ListenOptions): Promise<string>
  /**
   * Answers what was accepted, refuses what is new, and ends. The vision and the store stay their owner's.
   *
   * @param options - times
   * @returns whether all that was accepted was answered
   */
  close(options?: CloseOptions): Promise<boolean>
}

/** Milliseconds between two looks at connections that are late. */
const LOOK_MS = 1000

/**
 * Makes a server of a model: `/embed`, `/classify`, `/depth`, `/segment`, `/search`, and what is beside them: see docs/server.md.
 *
 * @param options - model, store, limits, keys, origins
 * @throws DinokitError `fingerprint-mismatch` for a store of another model, `invalid-option`
 */
export function createServer(options: ServerOptions): Server {
  const { vision, store, hosts = [], resolve, batch = {}, log = pino() } = options
  const limits = { ...SERVER_LIMITS, ...options.limits }
  assertLimits({ ...limits, ...batch })
  if (store) for (const note of assertStoreFits(store, vision)) log.warn(`${store.name}: ${note}`)
  const budget = createByteBudget(limits.heldBytes)
  const state = { stopping: false, underWay: 0 }
  const queue = createTokensQueue(vision, { ...batch, waiting: limits.waiting, onRun: (images) => metrics.ran(images) })
  const metrics = createMetrics({ waiting: queue.waiting, underWay: () => state.underWay, heldBytes: budget.taken })
  const fetcher = createFetcher({ hosts, resolve, most: limits.bytes, budget })
  const app = createApp(options, { limits, budget, queue, metrics, fetcher, log, state })
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const http = createHttpServer(
    {
      headersTimeout: limits.bodyMs,
      // The body's own limit answers with a code before this one cuts the connection.
      requestTimeout: limits.bodyMs + 2 * LOOK_MS,
      connectionsCheckingInterval: LOOK_MS,
      keepAliveTimeout: 65_000,
    },
    // The listener answers its own failures.
    (request, response) => void listener(request, response),
  )

  let closed: Promise<boolean> | undefined
  const end = async ({ graceMs = 500, withinMs = 30_000 }: CloseOptions): Promise<boolean> => {
    state.stopping = true
    let whole = true
    if (http.listening) {
      // Connections that are idle may have a request on its way: each gets an answer.
      await new Promise((done) => setTimeout(done, graceMs))
      const left = new Promise((done) => http.close(done))
      const cut = setTimeout(() => {
        whole = state.underWay === 0
        http.closeAllConnections()
      }, withinMs)
      await left
      clearTimeout(cut)
    }
    await fetcher.close()
    return whole
  }
  return {
    listen: ({ port = 8080, host = '127.0.0.1' } = {}) =>
      new Promise((resolve, reject) => {
        http.once('error', reject)
        http.listen(port, host, () => {
          http.off('error', reject)
          const { address, family, port } = http.address() as AddressInfo
          resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}`)
        })
      }),
    close: (options = {}) => (closed ??= end(options)),
    async [Symbol.asyncDispose]() {
      await (closed ??= end({ graceMs: 0 }))
    },
  }
}

/** Refuses limits that are no numbers above 0. */
function assertLimits(limits: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(limits)) {
    if (value > 0 && Number.isFinite(value)) continue
    throw new DinokitError('invalid-option', `The limit ${name} is ${value}.`, { given: String(value), expected: 'a number above 0' })
  }
}
