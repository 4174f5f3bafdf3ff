import { assertDevice, chosenDevice, type DeviceName, type Runtime } from '@dinokit/core'
import type { FoundDevice } from './devices/open-on-best.ts'
import { createSession } from './engine/create-session.ts'
import { ENGINE_NAME, NODE_DEVICES, type EngineOptions } from './engine/engine-options.ts'
import { statPath, readAsset } from './downloads/read-asset.ts'
import { fetchImage } from './images/fetch-image.ts'
import { hashImage } from './images/hash-image.ts'
import type { ImageSource } from './images/image-source.ts'
import { createImageThreads } from './images/image-threads.ts'
import { decodeImage, openImage } from './images/open-image.ts'

/** Options of the runtime for Node. */
export interface NodeRuntimeOptions {
  /**
   * Device that computes: `auto`, `cpu`, `webgpu`, `cuda`, `directml` or `coreml`; one that is named never gives way to
   * another. Default `auto`.
   */
  readonly device?: DeviceName
  /** Options of onnxruntime. */
  readonly engine?: EngineOptions
}

/** The runtime for Node, which owns the threads that decode its images. */
export interface NodeRuntime extends Runtime<ImageSource>, AsyncDisposable {
  /**
   * Ends the threads, after what they are at. Sessions stay their owners'. Where it is never called, threads end by
   * themselves when there is nothing to do for a while, and keep no process alive.
   */
  close(): Promise<void>
}

/**
 * The runtime for Node: onnxruntime-node, sharp for decoding, files and the hub's cache. A program needs one: each has threads
 * of its own.
 *
 * @param options - device, engine
 * @throws DinokitError `device-unavailable` for a browser's device, `invalid-option` for what is none
 */
export function createNodeRuntime({ device: named, engine: given = {} }: NodeRuntimeOptions = {}): NodeRuntime {
  const device = chosenDevice(named, given.device)
  assertDevice(device, NODE_DEVICES)
  const engine = { ...given, device }
  const threads = createImageThreads()
  const found: FoundDevice = {}
  return {
    contract: 1,
    name: ENGINE_NAME,
    openImage,
    decodeImage,
    fetchImage,
    preprocessImage: (source, options) => threads.preprocess(source, options),
    cropImage: (source, options) => threads.crop(source, options),
    hashImage,
    statPath,
    createSession: (model, options) => createSession(model, engine, options, found),
    readAsset,
    close: () => threads.close(),
    [Symbol.asyncDispose]: () => threads.close(),
  }
}
