import type { Runtime } from '@dinokit/core'
import { createSession, ENGINE_NAME, type EngineOptions } from './create-session.ts'
import { decodeImage } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'
import { kindOf, readAsset } from './read-asset.ts'

/**
 * The runtime for browsers: onnxruntime-web (WebGPU or wasm) in a worker, the browser's decoders, files of the page's own
 * origin, and the hub by way of the browser's cache.
 *
 * @param engine - how onnxruntime is to work
 */
export function createWebRuntime(engine: EngineOptions = {}): Runtime<ImageSource> {
  const { worker = true } = engine
  return {
    contract: 1,
    name: ENGINE_NAME,
    decodeImage: (source, options) => decodeImage(source, { ...options, worker }),
    kindOf,
    createSession: (model, options) => createSession(model, engine, options),
    readAsset,
  }
}
