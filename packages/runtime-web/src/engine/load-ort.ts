import type * as Ort from 'onnxruntime-web'
import type { Build } from './choose-device.ts'
import { importOrt } from './import-ort.ts'
import { watchEngine } from './watch-engine.ts'

/** onnxruntime-web, ready to make sessions. */
export interface LoadedOrt {
  readonly ort: typeof Ort
  readonly threads: number
  /** Why there is one thread only. */
  readonly alone?: string
}

const WASM_FILES: Readonly<Record<Build, string>> = {
  wasm: 'ort-wasm-simd-threaded.wasm',
  webgpu: 'ort-wasm-simd-threaded.asyncify.wasm',
}

const MOST_THREADS = 8

/** Threads of one run where nothing else is said: one a logical core, as far as more help. */
export function defaultThreads(): number {
  return Math.min(navigator.hardwareConcurrency, MOST_THREADS)
}

/**
 * Says how many threads a run has here, and where there is one only, why.
 *
 * @param threads - that are asked for. Default: {@link defaultThreads}
 */
export function threadsOf(threads = defaultThreads()): Pick<LoadedOrt, 'threads' | 'alone'> {
  if (globalThis.crossOriginIsolated || threads === 1) return { threads }
  return { threads: 1, alone: 'The page is not cross-origin isolated, so one thread computes.' }
}

const starting = new Map<Build, Promise<void>>()

/**
 * Loads and starts the build of onnxruntime-web for a device. The first call on a thread decides its settings.
 *
 * @throws DinokitError `session-failed` where nothing is heard of it
 */
export async function loadOrt(
  device: Build,
  { threads, wasmFolder }: { readonly threads?: number; readonly wasmFolder?: string },
): Promise<LoadedOrt> {
  const ort = await watchEngine(device, () => importOrt(device))
  const chosen = threadsOf(threads)
  ort.env.logLevel = 'error'
  ort.env.wasm.numThreads = chosen.threads
  if (wasmFolder !== undefined) {
    const folder = wasmFolder.endsWith('/') ? wasmFolder : `${wasmFolder}/`
    ort.env.wasm.wasmPaths = { wasm: new URL(WASM_FILES[device], folder).href }
  }
  if (!starting.has(device))
    starting.set(
      device,
      watchEngine(device, () => start(ort, device)),
    )
  await starting.get(device)
  return { ort, ...chosen }
}

/** The engine has no other way to be told: it starts, and then refuses that there is no model. */
async function start(ort: typeof Ort, device: Build): Promise<void> {
  await ort.InferenceSession.create(new Uint8Array(0), { executionProviders: [device] }).catch(() => {})
}
