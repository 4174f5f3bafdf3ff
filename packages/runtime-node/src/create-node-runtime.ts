import type { Runtime } from '@dinokit/core'
import { env } from 'onnxruntime-node'
import { createSession, type EngineOptions } from './create-session.ts'
import { decodeImage } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'
import { readAsset } from './read-asset.ts'

/**
 * The runtime for Node: onnxruntime-node, sharp for decoding, files and the hub's cache.
 *
 * @param engine - how onnxruntime is to work
 */
export function createNodeRuntime(engine: EngineOptions = {}): Runtime<ImageSource> {
  return {
    contract: 1,
    name: `onnxruntime-node ${env.versions.node ?? ''}`.trim(),
    decodeImage,
    createSession: (model, options) => createSession(model, engine, options),
    readAsset,
  }
}
