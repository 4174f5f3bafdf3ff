import { assertNotAborted, guardSession, type OnnxModel, type Session, type SessionOptions } from '@dinokit/core'
import { engineError } from './lib/engine-error.ts'
import { createOrtSession, type OrtModel } from './lib/ort-session.ts'
import { startSessionWorker } from './lib/start-session-worker.ts'
import { baseAddress } from './lib/base-address.ts'

/** The engine. */
export const ENGINE_NAME = 'onnxruntime-web'

/** How onnxruntime-web is to work. */
export interface EngineOptions {
  /**
   * What computes. `auto`, the default: WebGPU where the browser has it on a real graphics processor, WebAssembly
   * otherwise; the session's `engine.fallback` says why.
   */
  readonly device?: 'auto' | 'webgpu' | 'wasm'
  /**
   * Threads of one run, on WebAssembly. Default: one a logical core, at most 8. More than one needs a page that is
   * cross-origin isolated (`Cross-Origin-Opener-Policy: same-origin`, `Cross-Origin-Embedder-Policy: require-corp`).
   */
  readonly threads?: number
  /** Compute and decode in workers, so that the page never freezes. Default true. */
  readonly worker?: boolean
  /**
   * Address of the folder that holds onnxruntime's `.wasm` files, of the page's own origin. Default: where the bundler
   * put them, or beside onnxruntime's module.
   */
  readonly wasmFolder?: string | URL
  /** How far onnxruntime rewrites the graph. Default `all`. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'all'
}

/** Defaults of {@link EngineOptions}. */
export const ENGINE_DEFAULTS = Object.freeze({ device: 'auto', worker: true, graphOptimization: 'all' }) satisfies EngineOptions

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
