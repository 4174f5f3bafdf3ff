import type { AnyTensor, Engine } from '@dinokit/core'
import type { EngineSession } from '@dinokit/runtime-kit'
import type { EngineOptions } from './engine-options.ts'
import { chooseDevice, type Device } from './choose-device.ts'
import { createDeviceRuns, type DeviceRuns } from './device-runs.ts'
import { engineError } from './engine-error.ts'
import { fromEngine, toEngine } from './engine-tensor.ts'
import { inTurn } from './in-turn.ts'
import { loadOrt } from './load-ort.ts'
import { mapValues } from './map-values.ts'

/** A model in memory. */
export interface OrtModel {
  readonly graph: Uint8Array
  readonly weights?: { readonly path: string; readonly data: Uint8Array }
}

/** {@link EngineOptions} as the engine needs them, here or in a worker. */
export interface OrtStart {
  readonly device: NonNullable<EngineOptions['device']>
  readonly graphOptimization: NonNullable<EngineOptions['graphOptimization']>
  readonly threads?: number
  readonly wasmFolder?: string
}

/** A session of onnxruntime-web, on the thread that it was made on. */
export interface OrtSession extends Omit<EngineSession, 'run'>, Pick<DeviceRuns, 'run'> {
  /** Its number on this thread. */
  readonly id: number
}

/** The next session's number on this thread. */
let next = 0

/**
 * Makes a session of onnxruntime-web on this very thread. Whatever it is asked is done in the order of asking.
 *
 * @throws DinokitError `session-failed`, `out-of-memory`
 */
export function createOrtSession(model: OrtModel, start: OrtStart): Promise<OrtSession> {
  return inTurn(async () => {
    const { device, fallback } = await chooseDevice(start.device)
    try {
      return await createOn(device, model, start, fallback)
    } catch (cause) {
      if (start.device !== 'auto' || device !== 'webgpu') throw engineError('onnxruntime can’t load the model.', cause)
      return createOn('wasm', model, start, `WebGPU refused the model: ${String(cause)}`).catch((second: unknown) => {
        throw engineError('onnxruntime can’t load the model.', second)
      })
    }
  })
}

/** Loads the engine before there is a model for it. */
export function loadEngine(start: OrtStart): Promise<void> {
  return inTurn(async () => {
    const { device } = await chooseDevice(start.device)
    await loadOrt(device, start)
  })
}

async function createOn(device: Device, model: OrtModel, start: OrtStart, fallback: string | undefined): Promise<OrtSession> {
  const { ort, threads, alone } = await loadOrt(device, start)
  const session = await ort.InferenceSession.create(model.graph, {
    executionProviders: [device],
    graphOptimizationLevel: start.graphOptimization,
    logSeverityLevel: 3,
    ...(model.weights && { externalData: [model.weights] }),
  })
  const id = next++
  const runs = device === 'webgpu' ? await createDeviceRuns(ort, session, id) : undefined
  const reasons = [fallback, device === 'wasm' ? alone : undefined].filter(Boolean).join(' ')
  const engine: Engine = {
    name: `onnxruntime-web ${ort.env.versions.web ?? ''}`.trim(),
    device,
    ...(device === 'wasm' && { threads }),
    ...(reasons && { fallback: reasons }),
  }
  const runInMemory: DeviceRuns['run'] = async (feeds) => {
    const results = await session.run(mapValues(feeds, (feed) => toEngine(ort, feed as AnyTensor)))
    return { outputs: mapValues(results, fromEngine), kept: [] }
  }
  return {
    id,
    engine,
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds, keep) {
      try {
        return await (runs ? inTurn(() => runs.run(feeds, keep)) : runInMemory(feeds, keep))
      } catch (cause) {
        throw engineError('onnxruntime could not run the model on these inputs.', cause)
      }
    },
    release: () => (runs ? inTurn(() => runs.end()) : session.release()),
  }
}
