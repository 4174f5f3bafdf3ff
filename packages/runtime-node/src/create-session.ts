import { guardSession, type OnnxModel, type Session, type SessionOptions } from '@dinokit/core'
import { env } from 'onnxruntime-node'
import { ENGINE_DEFAULTS, type EngineOptions } from './engine-options.ts'
import { withModelFile } from './lib/model-file.ts'
import { startSessionThread } from './lib/start-session-thread.ts'

/** The engine and its version. */
export const ENGINE_NAME = `onnxruntime-node ${env.versions.node ?? ''}`.trim()

/**
 * Makes a session of onnxruntime-node, on a thread of its own: runs do not block this one, so that decoding and resizing
 * go on meanwhile, and a server answers.
 *
 * Weights pass through a temporary file that the engine maps into memory, so that they are never in memory twice; it
 * is gone when the session is made.
 *
 * @param model - graph and weights
 * @param engine - how onnxruntime is to work
 * @param options - cancellation
 * @throws DinokitError `session-failed`, `disk-full`, `aborted`
 */
export async function createSession(model: OnnxModel, engine: EngineOptions = {}, options: SessionOptions = {}): Promise<Session> {
  const { threads, memoryArena, graphOptimization } = { ...ENGINE_DEFAULTS, ...engine }
  const thread = await withModelFile(model, options.signal, (file) =>
    startSessionThread({
      model: file,
      options: {
        ...(threads !== undefined && { intraOpNumThreads: threads }),
        enableCpuMemArena: memoryArena,
        enableMemPattern: memoryArena,
        graphOptimizationLevel: graphOptimization,
        logSeverityLevel: 3,
      },
    }),
  )
  return guardSession({
    engine: { name: ENGINE_NAME, device: 'cpu', ...(threads !== undefined && { threads }) },
    inputs: thread.inputs,
    outputs: thread.outputs,
    run: (feeds) => thread.run(feeds),
    release: () => thread.release(),
  })
}
