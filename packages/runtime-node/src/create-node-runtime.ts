import type { Runtime } from '@dinokit/core'
import { createSession, ENGINE_NAME, type EngineOptions } from './create-session.ts'
import { decodeImage } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'
import { kindOf, readAsset } from './read-asset.ts'

/**
 * The runtime for Node: onnxruntime-node, sharp for decoding, files and the hub's cache.
 *
 * @param engine - how onnxruntime is to work
 */
export function createNodeRuntime(engine: EngineOptions = {}): Runtime<ImageSource> {
  return {
    contract: 1,
    name: ENGINE_NAME,
    decodeImage,
    kindOf,
    createSession: (model, options) => createSession(model, engine, options),
    readAsset,
  }
}
