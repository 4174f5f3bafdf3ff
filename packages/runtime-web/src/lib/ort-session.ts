import { tensor, type AnyTensor, type BareSession, type DType, type Engine } from '@dinokit/core'
import type { InferenceSession } from 'onnxruntime-web'
import type { EngineOptions } from '../engine-options.ts'
import { chooseDevice, type Device } from './choose-device.ts'
import { engineError } from './engine-error.ts'
import { loadOrt } from './load-ort.ts'

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

/**
 * Makes a session of onnxruntime-web on this very thread.
 *
 * @throws DinokitError `session-failed`, `out-of-memory`
 */
export async function createOrtSession(model: OrtModel, start: OrtStart): Promise<BareSession> {
  const { device, fallback } = await chooseDevice(start.device)
  try {
    return await createOn(device, model, start, fallback)
  } catch (cause) {
    if (start.device !== 'auto' || device !== 'webgpu') throw engineError('onnxruntime refused the model.', cause)
    return createOn('wasm', model, start, `WebGPU refused the model: ${String(cause)}`).catch((second: unknown) => {
      throw engineError('onnxruntime refused the model.', second)
    })
  }
}

/** Loads the engine before there is a model for it. */
export async function loadEngine(start: OrtStart): Promise<void> {
  const { device } = await chooseDevice(start.device)
  const { ort } = await loadOrt(device, start)
  // It has no other way to be told: the engine is loaded, and then refuses that there is no model.
  await ort.InferenceSession.create(new Uint8Array(0), { executionProviders: [device] }).catch(() => {})
}

async function createOn(device: Device, model: OrtModel, start: OrtStart, fallback: string | undefined): Promise<BareSession> {
  const { ort, threads, alone } = await loadOrt(device, start)
  const session = await ort.InferenceSession.create(model.graph, {
    executionProviders: [device],
    graphOptimizationLevel: start.graphOptimization,
    logSeverityLevel: 3,
    ...(model.weights && { externalData: [model.weights] }),
  })
  const reasons = [fallback, device === 'wasm' ? alone : undefined].filter(Boolean).join(' ')
  const engine: Engine = {
    name: `onnxruntime-web ${ort.env.versions.web ?? ''}`.trim(),
    device,
    ...(device === 'wasm' && { threads }),
    ...(reasons && { fallback: reasons }),
  }
  return {
    engine,
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds) {
      try {
        const inputs = Object.fromEntries(
          Object.entries(feeds).map(([name, { dtype, data, shape }]) => [name, new ort.Tensor(dtype, data as Float32Array, shape)]),
        )
        return plainTensors(await session.run(inputs))
      } catch (cause) {
        throw engineError('onnxruntime could not run the model on these inputs.', cause)
      }
    },
    release: () => session.release(),
  }
}

/** Outputs in memory of their own; what the engine holds is freed at once. */
function plainTensors(outputs: InferenceSession.OnnxValueMapType): Record<string, AnyTensor> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => {
      const output = value
      const data = (output.data as Float32Array).slice()
      const plain = tensor(output.type as DType, data as never, [...output.dims]) as AnyTensor
      output.dispose()
      return [name, plain]
    }),
  )
}
