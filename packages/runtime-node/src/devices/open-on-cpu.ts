import type { OnnxModel } from '@dinokit/core'
import { createReplicaPool, type EngineSession } from '@dinokit/runtime-kit'
import { availableParallelism } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { canReplaceProcess } from '../engine/engine-calls.ts'
import { ENGINE_DEFAULTS, ENGINE_NAME, type EngineOptions } from '../engine/engine-options.ts'
import { openInProcess } from '../engine/open-in-process.ts'
import { openOnThread } from '../engine/open-on-thread.ts'
import type { SessionClient } from '../engine/session-client.ts'

/** Where sessions are unless they are told: on threads only where these may be left while they are in the engine. */
const DEFAULT_HOST = isMainThread && canReplaceProcess ? 'thread' : 'process'

/** Models of more bytes than this have no replicas, unless they are asked for. */
const REPLICATED_BYTES = 1 << 29

/**
 * Opens a session on the processor. Runs that overlap are shared among replicas.
 *
 * @param model - graph and weights; read again for each replica
 * @param engine - how onnxruntime is to work
 * @param signal - gives up
 * @throws DinokitError `session-failed`, `disk-full`, `aborted`
 */
export async function openOnCpu(model: OnnxModel, engine: EngineOptions, signal: AbortSignal | undefined): Promise<EngineSession> {
  const { threads, memoryArena, graphOptimization, replicas, host = DEFAULT_HOST } = { ...ENGINE_DEFAULTS, ...engine }
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
        // A plan of a run's memory, made of an earlier run, is one more piece as large as all of that run took: a step of training
        // held 2.4 GB with it and 1.4 GB without, and neither that nor an image's run is faster by it.
        enableMemPattern: false,
        graphOptimizationLevel: graphOptimization,
        logSeverityLevel: 3,
        // Threads that wait for each other spin, as waking them costs more; between runs the cores are decoding's.
        extra: { session: { force_spinning_stop: '1' } },
      },
      signal,
    )
  const first = await start(threads, signal)
  const most = replicas ?? (bytes <= REPLICATED_BYTES ? 2 : 1)
  const { run, release } = createReplicaPool(first, start, most, threads ?? availableParallelism())
  return {
    engine: { name: `${ENGINE_NAME} ${first.version}`, device: 'cpu', ...(threads !== undefined && { threads }) },
    inputs: first.inputs,
    outputs: first.outputs,
    run,
    release,
  }
}
