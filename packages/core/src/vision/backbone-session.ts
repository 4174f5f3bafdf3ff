import type { Backbone, BackboneGraph, BackboneTokens, OutputRequest } from '../contract/backbone.ts'
import type { Padding, PixelTensor } from '../image/preprocess.ts'
import type { Engine, Runtime, Session, SessionProbe } from '../contract/runtime.ts'
import type { AnyTensor, Tensor } from '../contract/tensor.ts'
import { maskFor } from '../image/mask-for.ts'
import { assertContract } from '../checks/assert-contract.ts'
import { covers, unionOf } from './output-request.ts'

/** A backbone's session, which another replaces where more outputs are asked for. */
export interface BackboneSession {
  engine(): Engine
  /** Whether masks are accepted. */
  masks(): boolean
  /** Runs the backbone once for a batch of images of one size. */
  run(batch: ImageBatch, signal: AbortSignal | undefined): Promise<BackboneTokens[]>
  /** Gives these outputs too from now on. */
  widen(request: OutputRequest, signal?: AbortSignal): Promise<void>
  dispose(): Promise<void>
}

/** Images of one size, ready for the backbone. */
interface ImageBatch {
  readonly pixels: PixelTensor
  readonly mask: Tensor<'bool'> | undefined
  readonly padding: Padding | undefined
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number]
}

interface Made {
  readonly request: OutputRequest
  readonly graph: BackboneGraph
  readonly session: Session
}

/**
 * Makes a backbone's session.
 *
 * @throws DinokitError `output-unavailable`, `contract-mismatch`, `device-unavailable`, `session-failed`, `disk-full`, `aborted`
 */
export async function createBackboneSession(
  runtime: Runtime<never>,
  backbone: Backbone,
  first: OutputRequest,
  signal: AbortSignal | undefined,
): Promise<BackboneSession> {
  const make = async (request: OutputRequest, signal: AbortSignal | undefined): Promise<Made> => {
    const graph = backbone.graph(request)
    const { patch, channels = 3 } = backbone.card.architecture
    const count = Math.max(1, Math.floor(backbone.card.preprocessing.crop / patch))
    const side = count * patch
    const probe: SessionProbe = {
      model: backbone.digest,
      precision: backbone.precision,
      shape: [1, side, side, channels],
      feeds: (pixels) => graph.feeds(pixels, maskFor(request.masks ?? false, undefined, 1, [count, count])),
    }
    const session = await runtime.createSession(graph.model, { probe, ...(signal && { signal }) })
    assertContract('session', runtime.name, session.contract)
    return { request, graph, session }
  }
  let current = await make(first, signal)
  let changing: Promise<void> = Promise.resolve()
  const widen = async (request: OutputRequest, signal: AbortSignal | undefined): Promise<void> => {
    if (covers(current.request, request)) return
    const before = current
    current = await make(unionOf([before.request, request]), signal)
    await before.session.dispose()
  }
  return {
    engine: () => current.session.engine,
    masks: () => current.request.masks ?? false,
    async run({ pixels, mask, padding, grid }, signal) {
      const { graph, session } = current
      const feeds: Record<string, AnyTensor> = graph.feeds(pixels, mask, padding)
      return graph.read(await session.run(feeds, { ...(signal && { signal }) }), pixels.shape[0]!, grid)
    },
    widen(request, signal) {
      const changed = changing.then(() => widen(request, signal))
      changing = changed.catch(() => {})
      return changed
    },
    dispose: () => changing.then(() => current.session.dispose()),
  }
}
