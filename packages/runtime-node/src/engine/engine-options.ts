import type { DeviceName } from '@dinokit/core'

/** The engine. */
export const ENGINE_NAME = 'onnxruntime-node'

/** Devices of the runtime for Node. */
export const NODE_DEVICES = Object.freeze(['auto', 'cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const) satisfies readonly DeviceName[]

/** Options of onnxruntime-node. */
export interface EngineOptions {
  /**
   * Device that computes; one that is named never gives way to another. On a GPU runs take turns, and there are no replicas.
   * Default `auto`.
   */
  readonly device?: DeviceName
  /**
   * Milliseconds in which a GPU must answer, with the session or with a run, before its driver counts as hung and its process
   * is ended. Default 300,000.
   */
  readonly deviceTimeoutMs?: number
  /** Threads of one run. Default: one a physical core, as onnxruntime decides. */
  readonly threads?: number
  /** Keep freed memory for the next run. Faster, and holds the peak. Default true. */
  readonly memoryArena?: boolean
  /**
   * Replicas of the network, each with its own weights in memory and its share of the threads, that runs are shared among
   * where they overlap, as in a stream; made when they are needed. 1: none, runs take turns. Default 2, for models over
   * 512 MiB 1.
   */
  readonly replicas?: number
  /**
   * Where the engine is: `thread`, on threads of this process, or `process`, in another process, which costs 30 MB
   * once, and some time where much goes in and out. Default: `thread` in the main thread of Node 22.15 and later, not on
   * Windows. Elsewhere `process`: there, a process that ends while the engine is at work would wait for it, and a worker
   * thread that is terminated meanwhile would take the process along. On a GPU always `process`: a driver that crashes or hangs
   * takes that process alone along.
   */
  readonly host?: 'thread' | 'process'
  /** Degree to which onnxruntime rewrites the graph. Default `all`. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'all'
}

/** Options of {@link EngineOptions} that have a default. */
export type EngineDefaults = Required<Pick<EngineOptions, 'device' | 'deviceTimeoutMs' | 'memoryArena' | 'graphOptimization'>>

/** Defaults of {@link EngineOptions}. */
export const ENGINE_DEFAULTS: EngineDefaults = Object.freeze({
  device: 'auto',
  deviceTimeoutMs: 300_000,
  memoryArena: true,
  graphOptimization: 'all',
})
