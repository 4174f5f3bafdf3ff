import type { Backbone, BackboneGraph } from './backbone.ts'
import { DinokitError } from './dinokit-error.ts'
import { assertNotAborted } from './assert-not-aborted.ts'
import { assertContract } from './lib/assert-contract.ts'
import { readAhead } from './lib/read-ahead.ts'
import type { Pixels } from './pixels.ts'
import type { Placement } from './placement.ts'
import { prepare, preprocessingId, stackPixels, type InputSize } from './prepare.ts'
import type { Runtime, Session } from './runtime.ts'
import { tensor, type Tensor } from './tensor.ts'
import type { Timing, Tokens } from './tokens.ts'
import type { EmbedOptions, StreamItem, StreamOptions, Vision, VisionOptions } from './vision.ts'

/**
 * Brings a backbone and a runtime together: the graph with the outputs asked for becomes one session, which serves
 * pictures of every size.
 *
 * @param runtime - the platform; stays the caller's
 * @param backbone - the model; belongs to the vision from now on and is closed with it, also where this fails
 * @param options - outputs, default size, limits
 * @throws DinokitError `output-unavailable`, `contract-mismatch`, `session-failed`, `disk-full`, `aborted`
 */
export async function createVision<Source>(
  runtime: Runtime<Source>,
  backbone: Backbone,
  options: VisionOptions = {},
): Promise<Vision<Source>> {
  const { size: defaultSize = backbone.card.preprocessing.crop, pixelLimit, signal, ...outputs } = options
  let graph: BackboneGraph
  let session: Session
  try {
    assertContract('runtime', runtime.name, runtime.contract)
    graph = backbone.graph(outputs)
    session = await runtime.createSession(graph.model, { ...(signal && { signal }) })
    assertContract('session', runtime.name, session.contract)
  } catch (error) {
    await backbone.close()
    throw error
  }

  const { architecture, preprocessing } = backbone.card
  const fingerprintOf = (size: InputSize = defaultSize): Tokens['fingerprint'] => ({
    model: backbone.card.id,
    weights: backbone.digest,
    precision: backbone.precision,
    preprocessing: preprocessingId(preprocessing, size),
    interpolation: backbone.card.interpolation,
  })

  const read = async (source: Source, { size = defaultSize, signal }: EmbedOptions): Promise<Prepared> => {
    assertNotAborted(signal)
    const started = performance.now()
    const decoded = await runtime.decodeImage(source, { ...(pixelLimit !== undefined && { pixelLimit }), ...(signal && { signal }) })
    const prepareStarted = performance.now()
    const prepared = prepare(decoded, { size, preprocessing, patch: architecture.patch })
    return { ...prepared, decode: prepareStarted - started, prepare: performance.now() - prepareStarted }
  }

  const run = async (pictures: readonly Prepared[], { size, mask, pixels = false, signal }: EmbedOptions): Promise<Tokens[]> => {
    const { width, height } = pictures[0]!.pixels
    const grid = [height / architecture.patch, width / architecture.patch] as const
    const feeds = graph.feeds(
      stackPixels(pictures.map((picture) => picture.pixels)),
      maskFor(outputs.masks ?? false, mask, pictures.length, grid),
    )
    const started = performance.now()
    const results = graph.read(await session.run(feeds, { ...(signal && { signal }) }), pictures.length, grid)
    const elapsed = (performance.now() - started) / pictures.length
    const fingerprint = fingerprintOf(size)
    return results.map((tokens, index) => {
      const { pixels: input, placement, decode, prepare } = pictures[index]!
      const timing: Timing = { decode, prepare, run: elapsed }
      return { ...tokens, placement, fingerprint, timing, ...(pixels && { pixels: input }) }
    })
  }

  let disposed: Promise<void> | undefined
  const assertUsable = (): void => {
    if (disposed)
      throw new DinokitError('disposed', `The model ${backbone.card.id} was disposed of.`, { hint: 'Open it again, or dispose later.' })
  }
  const dispose = (): Promise<void> => (disposed ??= Promise.all([session.dispose(), backbone.close()]).then(() => {}))

  return {
    card: backbone.card,
    engine: session.engine,
    fingerprint: fingerprintOf,
    async embed(source, options = {}) {
      assertUsable()
      const [tokens] = await run([await read(source, options)], options)
      return tokens!
    },
    async *stream<Each extends Source>(sources: Iterable<Each> | AsyncIterable<Each>, options: StreamOptions = {}) {
      const { batch = 1, ahead = Math.max(DEFAULT_AHEAD, batch), signal } = options
      assertStreamOptions(batch, ahead)
      assertUsable()
      const attempt = (source: Each, index: number): Promise<Attempt<Each>> =>
        read(source, options).then(
          (prepared) => ({ index, source, prepared }),
          (error: unknown) => ({ index, source, error: asDinokitError(error) }),
        )
      const groups = readAhead(sources, attempt, { batch, ahead })
      const runGroup = (attempts: readonly Attempt<Each>[]): Promise<GroupResult<Each>> =>
        runAttempts(attempts, (pictures) => run(pictures, options), signal).then(
          (items) => ({ items }),
          (failure: unknown) => ({ failure }),
        )
      // The next group is handed to the session while this one is read, so that the engine never waits for the consumer.
      for await (const [result] of readAhead(groups, runGroup, { batch: 1, ahead: RUNS_AHEAD })) {
        assertNotAborted(signal)
        assertUsable()
        if (!result!.items) throw result!.failure
        yield* result!.items
      }
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}

const DEFAULT_AHEAD = 4
const RUNS_AHEAD = 2

/** A picture that is ready for the model. */
interface Prepared {
  readonly pixels: Pixels
  readonly placement: Placement
  readonly decode: number
  readonly prepare: number
}

type Attempt<Source> = { readonly index: number; readonly source: Source } & (
  { readonly prepared: Prepared; readonly error?: never } | { readonly prepared?: never; readonly error: DinokitError }
)

type GroupResult<Source> =
  { readonly items: readonly StreamItem<Source>[]; readonly failure?: never } | { readonly items?: never; readonly failure: unknown }

/** Runs the pictures that are ready, those of one size together; where a run of several fails, each on its own. */
async function runAttempts<Source>(
  attempts: readonly Attempt<Source>[],
  run: (pictures: readonly Prepared[]) => Promise<Tokens[]>,
  signal: AbortSignal | undefined,
): Promise<StreamItem<Source>[]> {
  const done = new Map<number, Tokens | DinokitError>()
  const bySize = new Map<string, (Attempt<Source> & { readonly prepared: Prepared })[]>()
  for (const attempt of attempts) {
    if (attempt.error) {
      done.set(attempt.index, attempt.error)
      continue
    }
    const key = `${attempt.prepared.pixels.width}x${attempt.prepared.pixels.height}`
    bySize.set(key, [...(bySize.get(key) ?? []), attempt])
  }
  const together = async (group: readonly (Attempt<Source> & { readonly prepared: Prepared })[]): Promise<void> => {
    assertNotAborted(signal)
    try {
      const tokens = await run(group.map((attempt) => attempt.prepared))
      group.forEach((attempt, i) => done.set(attempt.index, tokens[i]!))
    } catch (error) {
      if (DinokitError.is(error, 'aborted') || DinokitError.is(error, 'disposed')) throw error
      if (group.length > 1) for (const attempt of group) await together([attempt])
      else done.set(group[0]!.index, asDinokitError(error))
    }
  }
  for (const group of bySize.values()) await together(group)
  return attempts.map(({ index, source }): StreamItem<Source> => {
    const result = done.get(index)!
    return DinokitError.is(result) ? { index, source, error: result } : { index, source, tokens: result }
  })
}

function maskFor(
  accepted: boolean,
  mask: Tensor<'bool'> | undefined,
  batch: number,
  grid: readonly [number, number],
): Tensor<'bool'> | undefined {
  const patches = grid[0] * grid[1]
  if (!accepted) {
    if (!mask) return undefined
    throw new DinokitError('invalid-option', 'A mask was given to a model that was opened without masks.', {
      hint: 'Open it with { masks: true }.',
    })
  }
  if (mask && (mask.shape.length !== 2 || mask.shape[0] !== grid[0] || mask.shape[1] !== grid[1])) {
    throw new DinokitError('tensor-invalid', 'The mask does not fit the picture’s patches.', {
      given: `[${mask.shape.join('][')}]`,
      expected: `[${grid.join('][')}]`,
    })
  }
  return tensor('bool', mask?.data ?? new Uint8Array(batch * patches), [batch, patches])
}

function assertStreamOptions(batch: number, ahead: number): void {
  for (const [name, value, least] of [
    ['batch', batch, 1],
    ['ahead', ahead, batch],
  ] as const) {
    if (Number.isInteger(value) && value >= least) continue
    throw new DinokitError('invalid-option', `The option ${name} is ${value}.`, {
      given: String(value),
      expected: `a whole number of at least ${least}`,
    })
  }
}

function asDinokitError(error: unknown): DinokitError {
  return DinokitError.is(error)
    ? error
    : new DinokitError('internal', `Something unforeseen went wrong: ${String(error)}`, { cause: error })
}
