import { addAsyncDispose, assertDevice, chosenDevice, type DeviceName, type Runtime } from '@dinokit/core'
import type { HubOptions } from '@dinokit/runtime-kit'
import { ENGINE_NAME, createSessionFactory } from './session/create-session.ts'
import { createDecodeHost } from './images/decode-host.ts'
import { WEB_DEVICES, type EngineOptions } from './engine/engine-options.ts'
import { fetchImage } from './downloads/fetch-image.ts'
import type { ImageSource } from './images/image-source.ts'
import { hashImage } from './images/hash-image.ts'
import { decodeImage, openImage } from './images/open-image.ts'
import { preprocessInWorker } from './images/preprocess-in-worker.ts'
import { statPath, readAsset } from './downloads/read-asset.ts'

/** Options of the runtime for browsers. */
export interface WebRuntimeOptions {
  /**
   * Device that computes: `auto`, `wasm`, `webgpu` or `webnn`; one that is named never gives way to another. Default `auto`:
   * WebGPU where a real GPU gives the same tokens and is faster, else WebAssembly.
   */
  readonly device?: DeviceName
  /** Options of onnxruntime. */
  readonly engine?: EngineOptions
  /** Address of the hub, and the access token. */
  readonly hub?: HubOptions
}

/** The runtime for browsers, which owns the worker that decodes its images. */
export interface WebRuntime extends Runtime<ImageSource>, AsyncDisposable {
  /**
   * Ends the worker, after what it is at. Sessions stay their owners'. Where it is never called, the worker ends by itself when
   * there is nothing to do for a while.
   */
  close(): Promise<void>
}

/**
 * The runtime for browsers: onnxruntime-web (WebGPU or wasm) in a worker, the browser's decoders, files of the page's own
 * origin, and the hub by way of the browser's cache. A page needs one: each has workers of its own.
 *
 * @param options - device, engine, hub
 * @throws DinokitError `device-unavailable` for a device of Node's, `invalid-option` for what is none
 */
export function createWebRuntime({ device: named, engine: given = {}, hub }: WebRuntimeOptions = {}): WebRuntime {
  addAsyncDispose()
  const device = chosenDevice(named, given.device)
  assertDevice(device, WEB_DEVICES)
  const engine = { ...given, device }
  const { worker = true } = engine
  const sessions = createSessionFactory(engine)
  const host = worker ? createDecodeHost() : undefined
  const close = async (): Promise<void> => {
    sessions.cool()
    await host?.close()
  }
  return {
    contract: 1,
    name: ENGINE_NAME,
    openImage: (source, options = {}) => openImage(source, options, host),
    decodeImage: (source, options = {}) => decodeImage(source, options, host),
    fetchImage,
    preprocessImage: (source, options) => preprocessInWorker(source, options, host),
    hashImage: (source, options = {}) => hashImage(source, options, host),
    statPath,
    missingPrecision: async (precision) => (await import('./engine/missing-precision.ts')).missingPrecision(precision, device),
    // WebAssembly's are, by the kernels and by the engine, which need not be loaded to be asked.
    exactBytes: true,
    warmUp: sessions.warmUp,
    createSession: sessions.create,
    readAsset: (reference, options) => readAsset(reference, { ...options, ...(hub && { hub }) }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
