import type { AnyTensor, Engine } from '@dinokit/core'
import type * as Kernels from '../kernels/kernel-session.ts'
import type { EngineSession } from '@dinokit/runtime-kit'
import type { EngineOptions } from './engine-options.ts'
import { buildFor, chooseDevice, type ChosenDevice } from './choose-device.ts'
import type { DeviceRuns } from './device-runs.ts'
import { engineError } from './engine-error.ts'
import { fromEngine, toEngine } from './engine-tensor.ts'
import { inTurn } from './in-turn.ts'
import { loadOrt, threadsOf } from './load-ort.ts'
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
  /** Whether networks that they know are computed by dinokit's kernels. */
  readonly kernels?: boolean
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
    const chosen = await chooseDevice(start.device)
    return createOn(chosen, model, start)
      .catch((cause: unknown) => {
        if (start.device !== 'auto' || chosen.device !== 'webgpu') throw cause
        return createOn({ device: 'wasm', fallback: `WebGPU refused the model: ${String(cause)}` }, model, start)
      })
      .catch((cause: unknown) => {
        throw engineError('onnxruntime can’t load the model.', cause)
      })
  })
}

/** Loads the engine before there is a model for it. */
export function loadEngine(start: OrtStart): Promise<void> {
  return inTurn(async () => {
    const { device } = await chooseDevice(start.device)
    // The engine may not be needed.
    if (start.kernels && device === 'wasm') await importKernels()
    else await loadOrt(buildFor(device), start)
  })
}

const importKernels = async (): Promise<typeof Kernels> => import('../kernels/kernel-session.ts')

/** Makes a session of dinokit's kernels; the reason where they do not know a network of images; undefined where it is none. */
async function createOnKernels(model: OrtModel, start: OrtStart, fallback: string | undefined): Promise<OrtSession | string | undefined> {
  const { threads, alone } = threadsOf(start.threads)
  const kernels = await (await importKernels()).createKernelSession(model, threads)
  if (typeof kernels !== 'object') return kernels
  const reasons = [fallback, alone].filter(Boolean).join(' ')
  return {
    id: next++,
    engine: { name: kernels.name, device: 'wasm', threads, ...(reasons && { fallback: reasons }) },
    inputs: kernels.inputs,
    outputs: kernels.outputs,
    run: async (feeds) => {
      try {
        return { outputs: kernels.run(feeds as Readonly<Record<string, AnyTensor>>), kept: [] }
      } catch (cause) {
        throw engineError('The kernels could not run the model on these inputs.', cause)
      }
    },
    release: async () => kernels.end(),
  }
}

async function createOn({ device, adapter, fallback }: ChosenDevice, model: OrtModel, start: OrtStart): Promise<OrtSession> {
  const kernels = start.kernels && device === 'wasm' ? await createOnKernels(model, start, fallback) : undefined
  if (typeof kernels === 'object') return kernels
  const { ort, threads, alone } = await loadOrt(buildFor(device), start)
  const session = await ort.InferenceSession.create(model.graph, {
    executionProviders: [device === 'webnn' ? { name: device, deviceType: 'gpu' } : device],
    graphOptimizationLevel: start.graphOptimization,
    logSeverityLevel: 3,
    ...(model.weights && { externalData: [model.weights] }),
  })
  const id = next++
  const runs = device === 'webgpu' ? await (await import('./device-runs.ts')).createDeviceRuns(ort, session, id) : undefined
  const reasons = [fallback, kernels, device === 'wasm' ? alone : undefined].filter(Boolean).join(' ')
  const engine: Engine = {
    name: `onnxruntime-web ${ort.env.versions.web ?? ''}`.trim(),
    device,
    ...(adapter !== undefined && { adapter }),
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
        if (runs) return await inTurn(() => runs.run(feeds, keep))
        return await (device === 'wasm' ? runInMemory(feeds, keep) : inTurn(() => runInMemory(feeds, keep)))
      } catch (cause) {
        throw engineError('onnxruntime could not run the model on these inputs.', cause)
      }
    },
    release: () => (runs ? inTurn(() => runs.end()) : session.release()),
  }
}
