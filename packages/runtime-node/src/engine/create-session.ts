// The first import: it switches the engine's telemetry off before the engine is loaded.
import { disableEngineTelemetry } from './telemetry-switch.ts'
import type { OnnxModel, Session, SessionOptions } from '@dinokit/core'
import { wrapEngineSession, createReplicaPool } from '@dinokit/runtime-kit'
import { availableParallelism } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { ENGINE_DEFAULTS, type EngineOptions } from './engine-options.ts'
import { canReplaceProcess } from './engine-calls.ts'
import { openInProcess } from './open-in-process.ts'
import { openOnThread } from './open-on-thread.ts'
import type { SessionClient } from './session-client.ts'

/** The engine. */
export const ENGINE_NAME = 'onnxruntime-node'

/** Where sessions are unless they are told: on threads only where these may be left while they are in the engine. */
const DEFAULT_HOST = isMainThread && canReplaceProcess ? 'thread' : 'process'

/** Models of more bytes than this have no replicas, unless they are asked for. */
const REPLICATED_BYTES = 1 << 29

/**
 * Makes a session of onnxruntime-node, on a thread of its own: runs do not block this one, so that decoding and resizing
 * go on meanwhile, and a server answers. Runs that overlap are shared among replicas. Where a thread that is inside the engine
 * can't be left, all sessions share another process: see {@link EngineOptions.host}.
 *
 * Weights pass through a temporary file that the engine maps into memory, so that they are never in memory twice; it
 * is gone when the session is made.
 *
 * @param model - graph and weights; read again for each replica
 * @param engine - how onnxruntime is to work
 * @param options - cancellation
 * @throws DinokitError `session-failed`, `disk-full`, `aborted`
 */
export async function createSession(model: OnnxModel, engine: EngineOptions = {}, options: SessionOptions = {}): Promise<Session> {
  const { threads, memoryArena, graphOptimization, replicas, host = DEFAULT_HOST } = { ...ENGINE_DEFAULTS, ...engine }
  // Once more: bundlers may load the engine before all modules, and the environment may have changed since.
  disableEngineTelemetry()
  const bytes = model.graph.byteLength + (model.weights?.byteLength ?? 0)
  const open = host === 'thread' ? openOnThread : openInProcess
  // A session's thread may end, and would take the engine's library along: this one holds it.
  if (host === 'thread') await import('onnxruntime-node')
  const start = (threads?: number, signal?: AbortSignal): Promise<SessionClient> =>
    open(
      model,
      {
        ...(threads !== undefined && { intraOpNumThreads: threads }),
        enableCpuMemArena: memoryArena,
        enableMemPattern: memoryArena,
        graphOptimizationLevel: graphOptimization,
        logSeverityLevel: 3,
        // Threads that wait for each other spin, as waking them costs more; between runs the cores are decoding's.
        extra: { session: { force_spinning_stop: '1' } },
      },
      signal,
    )
  const first = await start(threads, options.signal)
  const most = replicas ?? (bytes <= REPLICATED_BYTES ? 2 : 1)
  const { run, release } = createReplicaPool(first, start, most, threads ?? availableParallelism())
  return wrapEngineSession({
    engine: { name: `${ENGINE_NAME} ${first.version}`, device: 'cpu', ...(threads !== undefined && { threads }) },
    inputs: first.inputs,
    outputs: first.outputs,
    run,
    release,
  })
}
