import type { Runtime } from '@dinokit/core'
import { createSession, ENGINE_NAME } from './create-session.ts'
import { cropImage } from './crop-image.ts'
import { decodeImage } from './decode-image.ts'
import type { EngineOptions } from './engine-options.ts'
import { fetchImage } from './fetch-image.ts'
import type { ImageSource } from './image-source.ts'
import { hashImage } from './hash-image.ts'
import { prepareImage } from './prepare-image.ts'
import { kindOf, readAsset } from './read-asset.ts'

/** How the runtime for Node is to work. */
export interface NodeRuntimeOptions {
  /** How onnxruntime is to work. */
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
    kindOf,
    createSession: (model, options) => createSession(model, engine, options),
    readAsset,
  }
}
