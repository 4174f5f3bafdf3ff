// The first import: it switches the engine's telemetry off before the engine is loaded.
import { disableEngineTelemetry, valueForEngine } from './lib/telemetry-switch.ts'
import { guardSession, shareRuns, type OnnxModel, type Session, type SessionOptions } from '@dinokit/core'
import { env } from 'onnxruntime-node'
import { availableParallelism } from 'node:os'
import { ENGINE_DEFAULTS, type EngineOptions } from './engine-options.ts'
import { withModelFile } from './lib/model-file.ts'
import { startSessionThread, type SessionThread } from './lib/start-session-thread.ts'

/** The engine and its version. */
export const ENGINE_NAME = `onnxruntime-node ${env.versions.node ?? ''}`.trim()

/** Models of more bytes than this have no replicas, unless they are asked for. */
const REPLICATED_BYTES = 1 << 29

/**
 * Makes a session of onnxruntime-node, on a thread of its own: runs do not block this one, so that decoding and resizing
 * go on meanwhile, and a server answers. Runs that overlap are shared among replicas.
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
  const { threads, memoryArena, graphOptimization, replicas } = { ...ENGINE_DEFAULTS, ...engine }
  // Once more: bundlers may load the engine before all modules, and the environment may have changed since.
  disableEngineTelemetry()
  if (!valueForEngine()) warnOfTelemetry()
  const start = (threads?: number, signal?: AbortSignal): Promise<SessionThread> =>
    withModelFile(model, signal, (file) =>
      startSessionThread({
        model: file,
        options: {
          ...(threads !== undefined && { intraOpNumThreads: threads }),
          enableCpuMemArena: memoryArena,
          enableMemPattern: memoryArena,
          graphOptimizationLevel: graphOptimization,
          logSeverityLevel: 3,
          // Threads that wait for each other spin, as waking them costs more; between runs the cores are decoding's.
          extra: { session: { force_spinning_stop: '1' } },
        },
      }),
    )
  const bytes = model.graph.byteLength + (model.weights?.byteLength ?? 0)
  const first = await start(threads, options.signal)
  const most = replicas ?? (bytes <= REPLICATED_BYTES ? 2 : 1)
  const { run, release } = shareRuns(first, start, most, threads ?? availableParallelism())
  return guardSession({
    engine: { name: ENGINE_NAME, device: 'cpu', ...(threads !== undefined && { threads }) },
    inputs: first.inputs,
    outputs: first.outputs,
    run,
    release,
  })
}

let warned = false

function warnOfTelemetry(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    'onnxruntime sends usage data to its makers, and a worker thread can’t switch that off: ' +
      'set ORT_DISABLE_TELEMETRY=1 in the environment of the process, or import dinokit in its main thread first.',
    { type: 'DinokitWarning', code: 'engine-telemetry' },
  )
}
