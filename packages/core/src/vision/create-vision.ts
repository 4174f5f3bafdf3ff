import type { Backbone, OutputRequest } from '../contract/backbone.ts'
import { DinokitError } from '../contract/dinokit-error.ts'
import { assertNotAborted } from '../checks/assert-not-aborted.ts'
import { assertFilter } from '../image/resample/assert-filter.ts'
import { assertSources } from '../checks/assert-sources.ts'
import type { View } from '../image/view.ts'
import { assertContract } from '../checks/assert-contract.ts'
import { assertStreamOptions } from '../checks/assert-stream-options.ts'
import { createBackboneSession, type BackboneSession } from './backbone-session.ts'
import { fingerprintOf } from './fingerprint-of.ts'
import { fetchAhead, type Arrival } from './fetch-ahead.ts'
import type { ChannelReader } from './channel-reader.ts'
import { createHeadTable } from '../heads/head-table.ts'
import { inOrder } from './in-order.ts'
import { linkedAbort } from './linked-abort.ts'
import { streamDefaults } from '../devices/stream-defaults.ts'
import { unionOf } from './output-request.ts'
import { assertDecodeMode, createImageReader } from './image-reader.ts'
import { readAhead } from './read-ahead.ts'
import { asDinokitError, runAttempts, type Attempt, type GroupResult } from './run-attempts.ts'
import type { OpenHead } from '../heads/open-head.ts'
import { assertPixels, isPixels, type Pixels } from '../image/pixels.ts'
import { preprocess } from '../image/preprocess.ts'
import type { Runtime, Timed } from '../contract/runtime.ts'
import { isTokens, type Tokens } from '../contract/tokens.ts'
import type {
  AnalyzeOptions,
  EmbedOptions,
  HeadMap,
  HeadOutcome,
  HeadCallOptions,
  NoHeads,
  StreamItem,
  StreamOptions,
  Vision,
  VisionOptions,
} from '../contract/vision.ts'

/** Options of {@link createVision}. */
export interface CreateVisionOptions<Heads extends HeadMap = NoHeads> extends VisionOptions<Heads> {
  /** Whether the runtime is the vision's from now on: it is closed with it, also where making the vision fails. Default false. */
  readonly ownsRuntime?: boolean
}

/**
 * Brings a backbone, heads and a runtime together: the graph with the outputs asked for becomes one session, which serves
 * images of every size and every head.
 *
 * @param runtime - the platform; stays the caller's, unless the options say otherwise
 * @param backbone - the model; belongs to the vision from now on and is closed with it, also where this fails
 * @param options - heads, outputs, default size, limits
 * @throws DinokitError `output-unavailable`, `contract-mismatch`, `session-failed`, `disk-full`, `aborted`, and those of
 *   {@link openHead}
 */
export async function createVision<Source, Heads extends HeadMap = NoHeads>(
  runtime: Runtime<Source>,
  backbone: Backbone,
  options: CreateVisionOptions<Heads> = {},
): Promise<Vision<Source, Heads>> {
  const {
    ownsRuntime = false,
    size,
    heads: given = {},
    decode,
    pixelLimit,
    stallMs,
    signal,
    onProgress,
    onNote,
    allowPrecision = false,
    ...outputs
  } = options
  const { card } = backbone
  const table = createHeadTable({
    card,
    fingerprint: fingerprintOf(backbone),
    heads: backbone.heads ?? {},
    runtime,
    allowPrecision,
    ...(onNote && { onNote }),
  })
  const closeRuntime = async (): Promise<void> => (ownsRuntime ? runtime.close?.() : undefined)
  const { channels = 3 } = card.architecture
  let session: BackboneSession
  let channelReader: ChannelReader<Source> | undefined
  try {
    assertContract('runtime', runtime.name, runtime.contract)
    assertFilter(card.preprocessing)
    assertDecodeMode(decode)
    table.add(await table.attach(given, { ...(signal && { signal }), ...(onProgress && { onProgress }) }))
    if (channels !== 3) {
      const { createChannelReader } = await import('./channel-reader.ts')
      channelReader = createChannelReader(runtime, { id: card.id, channels }, { assertPixels, isPixels, preprocess })
    }
    session = await createBackboneSession(runtime, backbone, unionOf([outputs, ...needsOf(table.open.values())]), signal)
  } catch (error) {
    await Promise.allSettled([table.dispose(), backbone.close(), closeRuntime()])
    throw error
  }
  const defaultSize = size ?? card.preprocessing.crop
  const reader = createImageReader(runtime, backbone, session, {
    ...(decode && { decode }),
    ...(pixelLimit !== undefined && { pixelLimit }),
    ...(stallMs !== undefined && { stallMs }),
    size: defaultSize,
    channels: channelReader,
  })

  let disposed: Promise<void> | undefined
  const assertUsable = (): void => {
    if (disposed) throw new DinokitError('disposed', `The model ${card.id} was disposed of.`, { hint: 'Open it again, or dispose later.' })
  }
  const end = async (): Promise<void> => {
    await table.dispose()
    await Promise.all([session.dispose(), backbone.close(), closeRuntime()])
  }
  const dispose = (): Promise<void> => (disposed ??= end())

  const embedWhole = async (
    source: Source,
    wanted: NonNullable<OpenHead['size']>,
    options: EmbedOptions,
  ): Promise<{ tokens: Tokens; decoded: Timed<Pixels> }> => {
    assertUsable()
    const decoded = await reader.decode(source, options)
    const size = typeof wanted === 'function' ? wanted(decoded) : wanted
    const [tokens] = await reader.run([reader.input(decoded, size)], { size, exact: true }, options)
    return { tokens: tokens!, decoded }
  }
  const embedViewOf =
    (decoded: Pixels, signal: AbortSignal | undefined) =>
    async (of: View): Promise<Tokens> => {
      assertUsable()
      const [tokens] = await reader.run([reader.inputOfView(decoded, of)], { size: 'view', exact: true }, { ...(signal && { signal }) })
      return tokens!
    }
  const ask = async (head: OpenHead, image: Source | Tokens, { size: wanted, signal, ...options }: HeadCallOptions): Promise<unknown> => {
    if (isTokens(image)) {
      assertUsable()
      return head.run(image, options, { ...(signal && { signal }) })
    }
    const { tokens, decoded } = await embedWhole(image, wanted ?? size ?? head.size ?? defaultSize, { ...(signal && { signal }) })
    return head.run(tokens, options, { embedView: embedViewOf(decoded, signal), ...(signal && { signal }) })
  }
  const calls: Record<string, (image: Source | Tokens, options?: HeadCallOptions) => Promise<unknown>> = {}
  const show = (opened: Iterable<readonly [string, OpenHead]>): void => {
    for (const [name, head] of opened) calls[name] = (image, options = {}) => ask(head, image, options)
  }
  show(table.open)

  const vision: Vision<Source, HeadMap> = {
    card,
    allowPrecision,
    get engine() {
      const engine = session.engine()
      const fallback = [engine.fallback, backbone.fallback].filter(Boolean).join(' ')
      return { ...engine, precision: backbone.precision, ...(fallback && { fallback }) }
    },
    runtime,
    heads: calls,
    fingerprint: (size) => reader.fingerprint(size),
    ...(runtime.hashImage && { hashImage: (source, options) => runtime.hashImage!(source, options) }),
    async embed(source, options = {}) {
      assertUsable()
      const { size = defaultSize } = options
      const [tokens] = await reader.run([await reader.read(source, options, { size })], { size }, options)
      return tokens!
    },
    async analyze(source, options: AnalyzeOptions<HeadMap> = {}) {
      const { heads: headOptions = {}, ...rest } = options
      const heads = [...table.open]
      const { tokens, decoded } = await embedWhole(source, rest.size ?? defaultSize, rest)
      const context = { embedView: embedViewOf(decoded, rest.signal), ...(rest.signal && { signal: rest.signal }) }
      const outcomes = await Promise.all(
        heads.map(async ([name, head]): Promise<[string, HeadOutcome<unknown>]> => {
          try {
            return [name, { result: await head.run(tokens, headOptions[name], context) }]
          } catch (error) {
            return [name, { error: asDinokitError(error) }]
          }
        }),
      )
      assertNotAborted(rest.signal)
      return { tokens, heads: Object.fromEntries(outcomes) }
    },
    async *stream<Each extends Source>(sources: Iterable<Each> | AsyncIterable<Each>, options: StreamOptions = {}) {
      const usual = streamDefaults(session.engine().device)
      const {
        batch = usual.batch,
        ahead = Math.max(usual.ahead, batch),
        signal,
        size = defaultSize,
        flip = false,
        ordered = true,
      } = options
      assertStreamOptions(batch, ahead)
      assertSources(sources)
      assertUsable()
      const left = linkedAbort(signal)
      const fetch = (source: Each, signal: AbortSignal): Promise<Each> | undefined =>
        // An image that was fetched is a source like any other.
        runtime.fetchImage?.(source, { ...(stallMs !== undefined && { stallMs }), signal }) as Promise<Each> | undefined
      const attempt = async (arrival: Arrival<Each>): Promise<Attempt<Each>> => {
        const { index, source } = arrival
        try {
          if (arrival.error) throw arrival.error
          return { index, source, input: await reader.read(arrival.at, options, { size, flip, many: true }) }
        } catch (error) {
          return { index, source, error: asDinokitError(error) }
        }
      }
      const arrivals = fetchAhead(sources, { fetch, window: ordered ? WINDOW : Infinity, signal: left.signal })
      const groups = readAhead(arrivals, attempt, { batch, ahead })
      const due = ordered ? inOrder<StreamItem<Each>>() : (items: readonly StreamItem<Each>[]) => items
      const runGroup = (attempts: readonly Attempt<Each>[]): Promise<GroupResult<Each>> =>
        runAttempts(attempts, (inputs) => reader.run(inputs, { size, flip }, options), signal).then(
          (items) => ({ items }),
          (failure: unknown) => ({ failure }),
        )
      // The next group is handed to the session while this one is read, so that the engine never waits for the consumer.
      for await (const [result] of readAhead(groups, runGroup, { batch: 1, ahead: RUNS_AHEAD })) {
        let onward = false
        try {
          assertNotAborted(signal)
          assertUsable()
          if (!result!.items) throw result!.failure
          yield* due(result!.items)
          onward = true
        } finally {
          // Whoever leaves does not wait for what is being fetched.
          if (!onward) left.abort()
        }
      }
      left.end()
    },
    async add(heads) {
      assertUsable()
      const opened = await table.attach(heads, {})
      try {
        await session.widen(unionOf(needsOf(opened.map(([, head]) => head))))
        assertUsable()
      } catch (error) {
        await Promise.allSettled(opened.map(([, head]) => head.dispose()))
        throw error
      }
      table.add(opened)
      show(opened)
      return vision as never
    },
    async remove(...names) {
      assertUsable()
      const ended = table.remove(names)
      for (const name of names) if (!table.open.has(name)) Reflect.deleteProperty(calls, name)
      await ended
      return vision as never
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
  return vision as Vision<Source, Heads>
}

const RUNS_AHEAD = 2
/** Sources behind one that is being fetched whose answers may wait for it. */
const WINDOW = 64

function needsOf(heads: Iterable<OpenHead>): OutputRequest[] {
  return Array.from(heads, (head) => head.needs)
}
