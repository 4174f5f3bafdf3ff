import { DinokitError, type AnyTensor, type Engine, type OnnxModel } from '@dinokit/core'
import type { EngineSession } from '@dinokit/runtime-kit'
import { engineHost, type EngineHost } from '../engine/engine-host.ts'
import { ENGINE_NAME, type EngineDefaults } from '../engine/engine-options.ts'
import { openInProcess } from '../engine/open-in-process.ts'
import { deviceErrors, unavailable } from './device-errors.ts'
import { assertDeviceOfPlatform, hasCudaFiles, providerOf, type GpuName } from './device-providers.ts'
import { findGpus, loadedDrivers, softwareAdapter } from './find-gpus.ts'

/** A session on a GPU, and what stands in for the GPU where that is software. */
export interface DeviceSession extends EngineSession {
  readonly software?: string
  /** Waits so many milliseconds for the device's answers from now on. */
  readonly wait: (timeoutMs: number) => void
}

/** Options of {@link openOnDevice}. */
export interface OpenOnDeviceOptions {
  /** Whether outputs that are not numbers count as the device's failure, as those of a vision do. Default false. */
  readonly judged?: boolean
  readonly signal?: AbortSignal
}

/**
 * Opens a session on a GPU, in the process that all sessions on that device share: its runs and theirs take turns there.
 *
 * @param model - graph and weights
 * @param device - that is to compute
 * @param engine - how onnxruntime is to work
 * @param options - cancellation, what counts as a failure
 * @throws DinokitError `device-unavailable`, `session-failed` where the engine can't read the model, `bundled`, `disk-full`, `aborted`
 */
export async function openOnDevice(
  model: OnnxModel,
  device: GpuName,
  { deviceTimeoutMs, graphOptimization }: Pick<EngineDefaults, 'deviceTimeoutMs' | 'graphOptimization'>,
  { judged = false, signal }: OpenOnDeviceOptions = {},
): Promise<DeviceSession> {
  assertDeviceOfPlatform(device)
  if (device === 'cuda' && !hasCudaFiles()) throw unavailable(device, 'The engine’s library for CUDA is not beside its own.')
  const host = engineHost({ name: device, timeoutMs: deviceTimeoutMs })
  const errors = deviceErrors(device, host.words)
  const options = { executionProviders: [providerOf(device)], graphOptimizationLevel: graphOptimization, logSeverityLevel: 3 as const }
  const client = await openInProcess(model, options, signal, { host, errors, takesTurns: true })
  const { adapter, software } = adapterOf(device, host)
  const about: Engine = { name: `${ENGINE_NAME} ${client.version}`, device, ...(adapter !== undefined && { adapter }) }
  return {
    engine: about,
    ...(software !== undefined && { software }),
    inputs: client.inputs,
    outputs: client.outputs,
    wait: host.wait,
    async run(feeds, signal) {
      const outputs = await client.run(feeds, signal)
      if (judged) assertNumbers(device, outputs)
      return outputs
    },
    release: client.release,
  }
}

/** Names what computes: the software that the process has loaded in a GPU's stead, or the first GPU of the system. */
function adapterOf(device: GpuName, { pid }: EngineHost): { readonly adapter?: string; readonly software?: string } {
  const gpus = findGpus()
  const drivers = device === 'webgpu' ? loadedDrivers(pid) : undefined
  const software = drivers && softwareAdapter(drivers, gpus)
  if (software !== undefined) return { adapter: software, software }
  const [adapter] = device === 'cuda' ? gpus.names.filter((name) => name.startsWith('NVIDIA')) : gpus.names
  return adapter === undefined ? {} : { adapter }
}

/** Values of each output that are looked at: in a transformer what is not a number reaches every token. */
const LOOKED_AT = 256

function assertNumbers(device: GpuName, outputs: Readonly<Record<string, AnyTensor>>): void {
  for (const [name, { dtype, data }] of Object.entries(outputs)) {
    if (dtype !== 'float32' || !data.subarray(0, LOOKED_AT).some(Number.isNaN)) continue
    throw new DinokitError('device-unavailable', `The ${device} device computes values that are not numbers.`, {
      given: `NaN in the output ${name}`,
      hint: 'Update the driver, or take the device "cpu". `dinokit doctor` compares the devices of this machine.',
    })
  }
}
