import { DinokitError, type DinokitErrorCode, type OnnxModel, type SessionOptions, type SessionProbe } from '@dinokit/core'
import { objectionTo, probeDevice, withNextDevice, type EngineSession } from '@dinokit/runtime-kit'
import { createRequire } from 'node:module'
import type { EngineDefaults, EngineOptions } from '../engine/engine-options.ts'
import { devicesOf, hasCudaFiles, type GpuName } from './device-providers.ts'
import { findGpus, type FoundGpus } from './find-gpus.ts'
import { keepFinding, readFinding, type FindingKey } from './kept-findings.ts'
import { openOnCpu } from './open-on-cpu.ts'
import { openOnDevice, type DeviceSession } from './open-on-device.ts'

/** Device that a runtime has come to: sessions without an example of their work follow it. */
export interface FoundDevice {
  /** GPU that the last session with an example is on; undefined for the processor. */
  device?: GpuName
}

/** Engine's options with their defaults. */
type Settings = EngineDefaults & EngineOptions

/** Devices that are worth trying on a machine. */
interface Candidates {
  readonly devices: readonly GpuName[]
  readonly gpus: Pick<FoundGpus, 'names' | 'driver'>
  /** Why none is; a sentence. */
  readonly reason?: string
}

/** Questions that are put to the machine: tests answer some of them. */
export interface Machine {
  candidates(): Candidates
  /** Version of the engine. */
  engine(): string
  readonly open: typeof openOnDevice
  readonly probe: typeof probeDevice
}

const MACHINE: Machine = { candidates: findCandidates, engine: engineVersion, open: openOnDevice, probe: probeDevice }

/** Longest that a GPU may take for an answer while it is tried, in milliseconds. */
const PROBE_MS = 30_000

/**
 * Opens a session on a GPU where one serves the model, else on the processor; what was found is kept for the next time. Where
 * the GPU fails later, the processor takes over.
 *
 * @param model - graph and weights
 * @param engine - how onnxruntime is to work
 * @param options - an example of the session's work, cancellation
 * @param place - device that other sessions of the runtime are on; what the machine has, by default this one
 * @throws DinokitError `session-failed`, `disk-full`, `aborted`
 */
export async function openOnBest(
  model: OnnxModel,
  engine: Settings,
  options: SessionOptions,
  { found, machine = MACHINE }: { readonly found: FoundDevice; readonly machine?: Machine },
): Promise<EngineSession> {
  const { probe, signal } = options
  if (!probe) return follow(model, engine, found, signal)
  const { devices, gpus, reason } = machine.candidates()
  const reasons = reason === undefined ? [] : [reason]
  const trial: Trial = { model, engine, probe, machine, processor: {}, ...(signal && { signal }) }
  const { model: digest, precision } = probe
  const key = { engine: machine.engine(), driver: gpus.driver, adapters: gpus.names, model: digest, precision }
  for (const device of devices) {
    const tried = await tryKept(trial, device, { ...key, device })
    if (typeof tried === 'string') {
      reasons.push(tried)
      continue
    }
    found.device = device
    await trial.processor.session?.release()
    return withNextDevice(tried, async (cause) => {
      delete found.device
      return onProcessor(await openOnCpu(model, engine, undefined), cause.message)
    })
  }
  return onProcessor(await processorOf(trial), reasons.join(' '))
}

/** A model that devices are tried for. */
interface Trial {
  readonly model: OnnxModel
  readonly engine: Settings
  readonly probe: SessionProbe
  readonly machine: Machine
  readonly signal?: AbortSignal
  /** The session on the processor, once it is needed to compare with. */
  readonly processor: { session?: EngineSession }
}

async function processorOf({ model, engine, signal, processor }: Trial): Promise<EngineSession> {
  return (processor.session ??= await openOnCpu(model, engine, signal))
}

/** Opens a session on a device, by what is known of it or by trying; a sentence where it is not to be used. */
async function tryKept(trial: Trial, device: GpuName, key: FindingKey): Promise<DeviceSession | string> {
  const kept = readFinding(key)
  if (kept?.objection !== undefined) return kept.objection
  const tried = await tryDevice(trial, device, kept !== undefined)
  if (typeof tried === 'string' || !kept) await keepFinding(key, typeof tried === 'string' ? tried : undefined)
  return tried
}

/** Errors that are a device's, or a model's on it. */
const OF_DEVICE: readonly DinokitErrorCode[] = ['device-unavailable', 'device-lost', 'session-failed', 'out-of-memory']

async function tryDevice(trial: Trial, device: GpuName, isKnown: boolean): Promise<DeviceSession | string> {
  const { model, engine, probe, machine, signal } = trial
  const { deviceTimeoutMs } = engine
  let session: DeviceSession | undefined
  try {
    const patience = isKnown ? deviceTimeoutMs : Math.min(PROBE_MS, deviceTimeoutMs)
    session = await machine.open(model, device, { ...engine, deviceTimeoutMs: patience }, { judged: true, ...(signal && { signal }) })
    if (isKnown) return session
    const { software } = session
    const objection =
      software === undefined
        ? objectionTo(device, probe.precision, await machine.probe(session, await processorOf(trial), probe, signal))
        : `${device} is emulated in software here (${software}).`
    if (objection === undefined) return session
    await session.release()
    return objection
  } catch (cause) {
    await session?.release().catch(() => {})
    if (DinokitError.is(cause) && OF_DEVICE.includes(cause.code)) return cause.message
    await trial.processor.session?.release()
    throw cause
  } finally {
    // Other sessions on the device keep the time that they may take, whatever came of this one.
    session?.wait(deviceTimeoutMs)
  }
}

/** Opens a session on the device that others of the runtime are on, or on the processor where the device does not take it. */
async function follow(model: OnnxModel, engine: Settings, found: FoundDevice, signal: AbortSignal | undefined): Promise<EngineSession> {
  const { device } = found
  if (device === undefined) return openOnCpu(model, engine, signal)
  const onCpu = async (cause: DinokitError): Promise<EngineSession> => onProcessor(await openOnCpu(model, engine, undefined), cause.message)
  try {
    return withNextDevice(await openOnDevice(model, device, engine, { ...(signal && { signal }) }), onCpu)
  } catch (cause) {
    if (!DinokitError.is(cause) || cause.code === 'aborted') throw cause
    return onCpu(cause)
  }
}

function onProcessor(session: EngineSession, fallback: string): EngineSession {
  return fallback === '' ? session : { ...session, engine: { ...session.engine, fallback } }
}

/** Finds the devices that are worth trying on this machine, or the reason why none is: no driver is asked. */
function findCandidates(): Candidates {
  const names = devicesOf()
  const gpus = findGpus()
  if (names.length === 0)
    return { devices: [], gpus, reason: `onnxruntime-node computes on the processor alone on ${process.platform} ${process.arch}.` }
  if (process.platform !== 'linux') return { devices: names, gpus }
  if (gpus.names.length === 0) return { devices: [], gpus, reason: 'This machine has no GPU.' }
  const devices = names.filter((name) =>
    name === 'cuda'
      ? hasCudaFiles() && gpus.names.some((gpu) => gpu.startsWith('NVIDIA'))
      : gpus.loader !== undefined && gpus.manifests.length > 0,
  )
  if (devices.length > 0) return { devices, gpus }
  const missing = gpus.loader === undefined ? 'the Vulkan loader is missing (libvulkan1)' : 'no Vulkan driver is installed'
  return { devices, gpus, reason: `${gpus.names.join(', ')} can’t be used: ${missing}.` }
}

function engineVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string }
  return version
}
