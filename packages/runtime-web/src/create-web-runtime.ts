import type { Runtime } from '@dinokit/core'
import type { HubOptions } from '@dinokit/runtime-kit'
import { ENGINE_NAME, createSessionFactory } from './session/create-session.ts'
import { decodeImage } from './images/decode-image.ts'
import type { EngineOptions } from './engine/engine-options.ts'
import { fetchImage } from './images/fetch-image.ts'
import type { ImageSource } from './images/image-source.ts'
import { hashImage } from './images/hash-image.ts'
import { prepareImage } from './images/prepare-image.ts'
import { statPath, readAsset } from './downloads/read-asset.ts'

/** Options of the runtime for browsers. */
export interface WebRuntimeOptions {
  /** Options of onnxruntime. */
  readonly engine?: EngineOptions
  /** Address of the hub, and the access token. */
  readonly hub?: HubOptions
}

/**
 * The runtime for browsers: onnxruntime-web (WebGPU or wasm) in a worker, the browser's decoders, files of the page's own
 * origin, and the hub by way of the browser's cache.
 *
 * @param options - engine, hub
 */
export function createWebRuntime({ engine = {}, hub }: WebRuntimeOptions = {}): Runtime<ImageSource> {
  const { worker = true } = engine
  const sessions = createSessionFactory(engine)
  return {
    contract: 1,
    name: ENGINE_NAME,
    decodeImage: (source, options) => decodeImage(source, { ...options, worker }),
    fetchImage,
    prepareImage: (source, options) => prepareImage(source, { ...options, worker }),
    hashImage: (source, options) => hashImage(source, { ...options, worker }),
    statPath,
    warmUp: sessions.warmUp,
    createSession: sessions.create,
    readAsset: (reference, options) => readAsset(reference, { ...options, ...(hub && { hub }) }),
  }
}
