import { DinokitError } from '@dinokit/core'
import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { cors } from 'hono/cors'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Metrics } from './about/metrics.ts'
import { describeApi } from './about/openapi.ts'
import { readPage } from './about/page.ts'
import type { AnswerContext, Plan } from './answers/answer.ts'
import { planEmbed } from './answers/embed.ts'
import { planClassify, planDepth, planSegment } from './answers/heads.ts'
import { planSearch } from './answers/search.ts'
import { createKeyCheck } from './api-keys.ts'
import { beginCall } from './request-call.ts'
import type { Fetcher } from './input/fetch-address.ts'
import { kindOfBody, readImage, type RequestImage } from './input/read-image.ts'
import type { ServerLimits, ServerOptions } from './server-options.ts'
import { BusyError, errorBody, statusOf, StatusError } from './status-of.ts'
import type { ByteBudget } from './work/byte-budget.ts'
import type { TokensQueue } from './work/tokens-queue.ts'

/** Parts of a server that its routes use. */
export interface AppParts {
  readonly limits: ServerLimits
  readonly budget: ByteBudget
  readonly queue: TokensQueue
  readonly metrics: Metrics
  readonly fetcher: Fetcher
  readonly log: Logger
  /** Whether it is ending, and how many requests are not answered yet. */
  readonly state: { stopping: boolean; underWay: number }
}

interface Env {
  readonly Bindings: HttpBindings
  readonly Variables: { requestId: string; error?: unknown; bytes?: number }
}

/** Routes of images, and how each is answered. */
const PLANS: Readonly<Record<string, Plan>> = {
  '/embed': planEmbed,
  '/classify': planClassify,
  '/depth': planDepth,
  '/segment': planSegment,
  '/search': planSearch,
}

/** Routes that need no key: what a load balancer asks for, and what explains how to use the server. */
const OPEN = new Set(['/', '/page.css', '/page.js', '/openapi.json', '/health', '/ready'])

/** Routes that the log and the metrics name. */
const ROUTES = new Set([...OPEN, ...Object.keys(PLANS), '/metrics', '/model'])

/** Ids that a proxy may give requests. */
const REQUEST_ID = /^[\w-]{1,64}$/

/**
 * Makes the routes of a server.
 *
 * @param options - of the server
 * @param parts - that it is made of
 */
export function createApp({ vision, store, keys = [], origins = [] }: ServerOptions, parts: AppParts): Hono<Env> {
  const { limits, queue, metrics, state } = parts
  const context: AnswerContext = { vision, store, queue, limits }
  const app = new Hono<Env>()

  app.use(logged(parts))
  if (origins.length > 0)
    app.use(cors({ origin: [...origins], allowMethods: ['GET', 'POST'], allowHeaders: ['authorization', 'content-type', 'accept'] }))
  if (keys.length > 0) {
    const check = createKeyCheck(keys)
    app.use(async (c, next) => {
      if (!OPEN.has(c.req.path)) check(c.req.header('authorization'))
      await next()
    })
  }

  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.get('/ready', (c) => (state.stopping ? c.json({ status: 'stopping' }, 503) : c.json({ status: 'ready' })))
  app.get('/metrics', async (c) => c.text(await metrics.text(), 200, { 'content-type': metrics.contentType }))
  app.get('/openapi.json', (c) =>
    c.json(describeApi({ heads: Object.keys(vision.heads), limits, store: store !== undefined, keys: keys.length > 0 })),
  )
  app.get('/model', (c) =>
    c.json({ model: vision.card.id, heads: Object.keys(vision.heads), engine: vision.engine, search: store !== undefined }),
  )
  for (const path of ['/', '/page.css', '/page.js']) app.get(path, async (c) => c.body(...(await readPage(path))))
  for (const [path, plan] of Object.entries(PLANS)) app.post(path, (c) => answerImage(c, plan, context, parts))

  app.notFound((c) => {
    const known = [...Object.keys(PLANS).map((path) => `POST ${path}`), 'GET /openapi.json'].join(', ')
    throw new StatusError(404, 'invalid-option', `There is no ${c.req.method} ${c.req.path}.`, { expected: known })
  })
  app.onError((error, c) => {
    c.set('error', error)
    if (error instanceof BusyError) c.header('retry-after', String(error.retryAfter))
    if (statusOf(error) === 401) c.header('www-authenticate', 'Bearer')
    // The rest of a body that did not come is not waited for.
    if (statusOf(error) === 408) c.header('connection', 'close')
    return c.json(errorBody(error, c.get('requestId')), statusOf(error) as 400)
  })
  return app
}

/** Answers a request with an image: what is wrong with it is said before its body is read, as far as that can be. */
async function answerImage(c: Context<Env>, plan: Plan, context: AnswerContext, parts: AppParts): Promise<Response> {
  const { limits, budget, fetcher, queue, state } = parts
  if (state.stopping) throw new StatusError(503, 'disposed', 'The server is ending.', { hint: 'Try another one, or try again later.' })
  const { incoming, outgoing } = c.env
  kindOfBody(incoming.headers['content-type'])
  const answer = plan(context, { params: new URL(c.req.url).searchParams, accept: c.req.header('accept') })
  queue.assertRoom()
  const call = beginCall(outgoing, limits)
  let image: RequestImage | undefined
  try {
    image = await readImage(incoming, { most: limits.bytes, budget, fetcher, signal: call.signal, onBody: () => call.bodyCame() })
    c.set('bytes', image.held)
    const { type, body } = await answer(image.source, call.signal)
    return c.body(body as string, 200, { 'content-type': type })
  } catch (error) {
    // What the signal has ended fails as it said.
    throw call.signal.aborted ? call.signal.reason : error
  } finally {
    if (image) budget.give(image.held)
    call.end()
  }
}

/** Gives each request an id, and writes one line of log when it is answered: never its image, its key or its address's query. */
function logged({ log, metrics, state }: AppParts) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const given = c.req.header('x-request-id') ?? ''
    const requestId = REQUEST_ID.test(given) ? given : randomUUID()
    c.set('requestId', requestId)
    state.underWay += 1
    const started = performance.now()
    c.env.outgoing.once('close', () => {
      state.underWay -= 1
      const [ms, error] = [performance.now() - started, c.get('error')]
      const gone = !c.env.outgoing.writableFinished
      const status = gone ? 499 : c.env.outgoing.statusCode
      const route = ROUTES.has(c.req.path) ? c.req.path : 'other'
      metrics.answered(route, status, ms / 1000)
      const line = {
        requestId,
        method: c.req.method,
        route,
        status,
        ms: Math.round(ms),
        bytes: c.get('bytes'),
        ...(gone ? { code: 'aborted' } : codeOf(error)),
      }
      if (status === 500) log.error({ ...line, err: error })
      else if (route in PLANS || (status >= 400 && status !== 503)) log.info(line)
      else log.debug(line)
    })
    await next()
    c.header('x-request-id', requestId)
    c.header('x-content-type-options', 'nosniff')
    if (state.stopping) c.header('connection', 'close')
  }
}

function codeOf(error: unknown): { readonly code?: string } {
  return DinokitError.is(error) ? { code: error.code } : {}
}
