import type { Runtime } from '@dinokit/core'
import { createSession, ENGINE_NAME } from './engine/create-session.ts'
import { cropImage } from './images/crop-image.ts'
import { decodeImage } from './images/decode-image.ts'
import type { EngineOptions } from './engine/engine-options.ts'
import { fetchImage } from './images/fetch-image.ts'
import type { ImageSource } from './images/image-source.ts'
import { hashImage } from './images/hash-image.ts'
import { prepareImage } from './images/prepare-image.ts'
import { statPath, readAsset } from './downloads/read-asset.ts'

/** Options of the runtime for Node. */
export interface NodeRuntimeOptions {
  /** Options of onnxruntime. */
  readonly engine?: EngineOptions
}

/**
 * The runtime for Node: onnxruntime-node, sharp for decoding, files and the hub's cache.
 *
 * @param options - engine
 */
export function createNodeRuntime({ engine = {} }: NodeRuntimeOptions = {}): Runtime<ImageSource> {
  return {
    contract: 1,
    name: ENGINE_NAME,
    decodeImage,
    fetchImage,
    prepareImage,
    cropImage,
    hashImage,
    statPath,
    createSession: (model, options) => createSession(model, engine, options),
    readAsset,
  }
}
