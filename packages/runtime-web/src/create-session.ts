import { assertNotAborted, guardSession, type OnnxModel, type Session, type SessionOptions } from '@dinokit/core'
import { ENGINE_DEFAULTS, type EngineOptions } from './engine-options.ts'
import { engineError } from './lib/engine-error.ts'
import { createOrtSession, type OrtModel } from './lib/ort-session.ts'
import { startSessionWorker } from './lib/start-session-worker.ts'
import { baseAddress } from './lib/base-address.ts'

/** The engine. */
export const ENGINE_NAME = 'onnxruntime-web'

/**
 * Makes a session of onnxruntime-web, in a worker of its own: runs do not freeze the page, and disposal ends the worker,
 * which alone gives WebAssembly's memory back and cannot break another session's device.
 *
 * @param model - graph and weights
 * @param engine - how onnxruntime is to work
 * @param options - cancellation
 * @throws DinokitError `session-failed`, `out-of-memory`, `aborted`
 */
export async function createSession(model: OnnxModel, engine: EngineOptions = {}, options: SessionOptions = {}): Promise<Session> {
  const { device, threads, worker, wasmFolder, graphOptimization } = { ...ENGINE_DEFAULTS, ...engine }
  const { signal } = options
  assertNotAborted(signal)
  const whole = await collect(model, signal)
  const start = {
    device,
    graphOptimization,
    ...(threads !== undefined && { threads }),
    ...(wasmFolder !== undefined && { wasmFolder: new URL(wasmFolder, baseAddress()).href }),
  }
  return guardSession(await (worker ? startSessionWorker(whole, start, signal) : createOrtSession(whole, start)))
}

/** The model in memory, weights in one piece: what the engine loads. */
async function collect({ graph, weights }: OnnxModel, signal: AbortSignal | undefined): Promise<OrtModel> {
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
