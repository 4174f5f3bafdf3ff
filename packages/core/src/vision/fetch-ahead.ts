import { linkedAbort } from './linked-abort.ts'
import { asDinokitError } from './run-attempts.ts'
import type { DinokitError } from '../contract/dinokit-error.ts'

/** A source that is at hand, or why it is not. */
export type Arrival<Source> = { readonly index: number; readonly source: Source } & (
  { readonly at: Source; readonly error?: never } | { readonly at?: never; readonly error: DinokitError }
)

/** Options of {@link fetchAhead}. */
export interface FetchAheadOptions<Source> {
  /** Brings a source to hand; undefined where it is. */
  readonly fetch: (source: Source, signal: AbortSignal) => Promise<Source> | undefined
  /** So many sources may be taken beyond the oldest that is being fetched; Infinity for no bound. */
  readonly window: number
  /** Cancels the fetching. */
  readonly signal?: AbortSignal
}

/** Sources that are fetched at once. */
const AT_ONCE = 16

/**
 * Brings sources to hand: those that are there at once, others when their bytes have come. None waits for another, but that
 * only so many are under way.
 *
 * @param sources - read one at a time, only when there is room
 * @param options - how they are fetched
 * @returns the sources in the order in which they are at hand
 * @throws what `sources` itself throws; never for one source
 */
export async function* fetchAhead<Source>(
  sources: Iterable<Source> | AsyncIterable<Source>,
  { fetch, window, signal }: FetchAheadOptions<Source>,
): AsyncGenerator<Arrival<Source>, void, undefined> {
  const iterator = Symbol.asyncIterator in sources ? sources[Symbol.asyncIterator]() : sources[Symbol.iterator]()
  const linked = linkedAbort(signal)
  // One each: platforms warn of signals with many listeners.
  const controllers = new Map<number, AbortController>()
  linked.signal.addEventListener('abort', () => controllers.forEach((each) => each.abort(linked.signal.reason)))
  const arrived: Arrival<Source>[] = []
  let next = 0
  let finished = false
  let failure: { readonly cause: unknown } | undefined
  let pulling: Promise<void> | undefined
  let wake = (): void => {}

  const begin = (source: Source, index: number): void => {
    let coming: Promise<Source> | undefined
    const controller = new AbortController()
    if (linked.signal.aborted) controller.abort(linked.signal.reason)
    try {
      coming = fetch(source, controller.signal)
    } catch (cause) {
      arrived.push({ index, source, error: asDinokitError(cause) })
      return
    }
    if (!coming) {
      arrived.push({ index, source, at: source })
      return
    }
    controllers.set(index, controller)
    void coming
      .then(
        (at) => void arrived.push({ index, source, at }),
        (cause: unknown) => void arrived.push({ index, source, error: asDinokitError(cause) }),
      )
      .finally(() => {
        controllers.delete(index)
        wake()
      })
  }
  const pull = async (): Promise<void> => {
    try {
      const result = await iterator.next()
      if (result.done) finished = true
      else if (!finished) begin(result.value, next++)
    } catch (cause) {
      finished = true
      failure = { cause }
    } finally {
      pulling = undefined
      wake()
    }
  }
  const hasRoom = (): boolean => controllers.size < AT_ONCE && (controllers.size === 0 || next - Math.min(...controllers.keys()) < window)
  try {
    for (;;) {
      const item = arrived.shift()
      if (item) {
        yield item
        continue
      }
      if (finished && controllers.size === 0) {
        if (failure) throw failure.cause
        return
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        if (!finished && hasRoom()) pulling ??= pull()
      })
    }
  } finally {
    linked.end()
    const unfinished = !finished
    finished = true
    linked.abort()
    if (unfinished) await iterator.return?.()
  }
}
