import type { DeviceName } from '@dinokit/core'

/** Devices of the runtime for browsers. */
export const WEB_DEVICES = Object.freeze(['auto', 'wasm', 'webgpu', 'webnn'] as const) satisfies readonly DeviceName[]

/** Options of onnxruntime-web. */
export interface EngineOptions {
  /**
   * Device that computes. `auto`, the default: WebGPU where the browser has it on a real GPU, and where it gives
   * WebAssembly's tokens and is faster, WebAssembly otherwise; the session's `engine.fallback` says why. The option `device` beside this one does the same.
   */
  readonly device?: (typeof WEB_DEVICES)[number]
  /**
   * Threads of one run, on WebAssembly. Default: one a logical core, at most 8. More than one needs a page that is
   * cross-origin isolated (`Cross-Origin-Opener-Policy: same-origin`, `Cross-Origin-Embedder-Policy: require-corp`).
   */
  readonly threads?: number
  /**
   * Replicas of the network, on WebAssembly in workers: each has its own weights in memory and its share of the threads, and
   * runs that overlap are shared among them, as in a stream; made when they are needed. 1: none, runs take turns. Default 2,
   * for models over 128 MiB 1.
   */
  readonly replicas?: number
  /** Compute and decode in workers, so that the page never freezes. Default true. */
  readonly worker?: boolean
  /**
   * Address of the folder that holds onnxruntime's `.wasm` files, of the page's own origin. Default: where the bundler
   * put them, or beside onnxruntime's module.
   */
  readonly wasmFolder?: string | URL
  /**
   * Compute vision transformers of dinokit's by its own kernels where the device is WebAssembly and `worker` is true: faster than onnxruntime,
   * which computes all else, and what the kernels do not know; `engine.fallback` says why. Default true.
   */
  readonly kernels?: boolean
  /** Degree to which onnxruntime rewrites the graph. Default `all`. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'all'
}

/** Defaults of {@link EngineOptions}. */
export const ENGINE_DEFAULTS = Object.freeze({
  device: 'auto',
  worker: true,
  kernels: true,
  graphOptimization: 'all',
}) satisfies EngineOptions
