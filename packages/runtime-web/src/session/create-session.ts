import { addAsyncDispose, assertNotAborted, type OnnxModel, type Session, type SessionOptions } from '@dinokit/core'
import { wrapEngineSession, createReplicaPool, type EngineSession, parseAddress } from '@dinokit/runtime-kit'
import { ENGINE_DEFAULTS, type EngineOptions } from '../engine/engine-options.ts'
import { engineError } from '../engine/engine-error.ts'
import { defaultThreads } from '../engine/load-ort.ts'
import { createOrtSession, type OrtModel, type OrtStart } from '../engine/ort-session.ts'
import { createOutputLedger } from './output-ledger.ts'
import { createSessionHost, type SessionHost } from './session-host.ts'
import { baseAddress } from '../downloads/base-address.ts'

/** The engine. */
export const ENGINE_NAME = 'onnxruntime-web'

/** Models of more bytes than this have no replicas, unless they are asked for. */
const REPLICATED_BYTES = 1 << 27

/** Ledger of the sessions that live on this very thread, and share its engine: one, as the engine is. */
const ledgerHere = createOutputLedger()

/** Sessions that share an engine. */
export interface SessionFactory {
  /** Starts loading the engine, where a worker can do so: a session will be wanted soon. */
  readonly warmUp: () => void
  /** Ends what was started for a session that did not come. */
  readonly cool: () => void
  /**
   * Makes a session.
   *
   * @throws DinokitError `session-failed`, `out-of-memory`, `aborted`
   */
  readonly create: (model: OnnxModel, options?: SessionOptions) => Promise<Session>
}

/**
 * Gets ready to make sessions of onnxruntime-web in a worker of their own: runs do not freeze the page, the engine is loaded
 * once for all of them, and when the last is disposed of the worker ends, which alone gives WebAssembly's memory back and
 * cannot break the device of other sessions. On WebAssembly, runs that overlap are shared among replicas. `auto` takes WebGPU where it
 * serves the model, see settle-device.ts.
 *
 * @param engine - how onnxruntime is to work
 */
export function createSessionFactory(engine: EngineOptions = {}): SessionFactory {
  addAsyncDispose()
  const { device, threads, worker, kernels, wasmFolder, graphOptimization, replicas } = { ...ENGINE_DEFAULTS, ...engine }
  const host = createSessionHost()
  const start: OrtStart = {
    device,
    graphOptimization,
    kernels: kernels && worker,
    ...(threads !== undefined && { threads }),
    ...(wasmFolder !== undefined && { wasmFolder: parseAddress(wasmFolder, baseAddress()).href }),
  }
  const opened = async (host: SessionHost, model: OrtModel, start: OrtStart, signal?: AbortSignal): Promise<EngineSession> => {
    const { session, ledger } = worker
      ? await host.create(model, start, signal)
      : { session: await createOrtSession(model, start), ledger: ledgerHere }
    return ledger.follow(session)
  }
  // Whether WebGPU does not serve the model: what has no example of its work follows.
  let refused = false
  const shared = async (model: OnnxModel, opening: EngineSession, options: SessionOptions): Promise<EngineSession> => {
    const bytes = model.graph.byteLength + (model.weights?.byteLength ?? 0)
    const onWasm = async (signal?: AbortSignal, share = threads): Promise<EngineSession> =>
      opened(
        createSessionHost(),
        await collect(model, signal),
        { ...start, device: 'wasm', ...(share !== undefined && { threads: share }) },
        signal,
      )
    let first = opening
    if (device === 'auto' && first.engine.device === 'webgpu') {
      first = await (await import('./settle-device.ts')).settleDevice(first, { ...options, onWasm })
      refused = first.engine.device !== 'webgpu'
    }
    if (!worker || first.engine.device !== 'wasm') return first
    // As many threads as there would be: where the page may not have them, workers it may have.
    const { run, release } = createReplicaPool(
      first,
      (share, signal) => onWasm(signal, share),
      replicas ?? (bytes <= REPLICATED_BYTES ? 2 : 1),
      threads ?? defaultThreads(),
    )
    return { ...first, run, release }
  }
  return {
    warmUp: () => {
      if (worker) host.warmUp(start)
    },
    cool: () => host.cool(),
    // The README has the order of what is stacked here, from outside in.
    async create(model, options = {}) {
      const { probe, signal } = options
      assertNotAborted(signal)
      const where: OrtStart = refused && !probe ? { ...start, device: 'wasm' } : start
      return wrapEngineSession(await shared(model, await opened(host, await collect(model, signal), where, signal), options))
    },
  }
}

/** Factories by their settings: `createSession` has no runtime that would own them. A host without sessions holds nothing. */
const engines = new Map<string, SessionFactory>()

/**
 * Makes a session, of one engine with all others of the same settings; see {@link createSessionFactory}.
 *
 * @param model - graph and weights
 * @param engine - how onnxruntime is to work
 * @param options - cancellation
 * @throws DinokitError `session-failed`, `out-of-memory`, `aborted`
 */
export function createSession(model: OnnxModel, engine: EngineOptions = {}, options: SessionOptions = {}): Promise<Session> {
  const settings = JSON.stringify({ ...ENGINE_DEFAULTS, ...engine })
  const sessions = engines.get(settings) ?? createSessionFactory(engine)
  engines.set(settings, sessions)
  return sessions.create(model, options)
}

/** The model in memory, weights in one piece: what the engine loads. */
async function collect({ graph, weights }: OnnxModel, signal?: AbortSignal): Promise<OrtModel> {
  if (!weights) return { graph }
  try {
    const data = new Uint8Array(weights.byteLength)
    let position = 0
    for await (const chunk of weights.chunks()) {
      assertNotAborted(signal)
      data.set(chunk, position)
      position += chunk.byteLength
    }
    return { graph, weights: { path: weights.location, data } }
  } catch (cause) {
    throw engineError('The model’s weights can’t be brought into memory.', cause)
  }
}
