// The first import: it switches the engine's telemetry off before the engine is loaded.
import { disableEngineTelemetry } from '../telemetry/telemetry-switch.ts'
import { assertDevice, DinokitError, type OnnxModel, type Session, type SessionOptions } from '@dinokit/core'
import { wrapEngineSession, type EngineSession } from '@dinokit/runtime-kit'
import { assertPlatform } from '../devices/device-providers.ts'
import { openOnBest, type FoundDevice } from '../devices/open-on-best.ts'
import { openOnCpu } from '../devices/open-on-cpu.ts'
import { openOnDevice } from '../devices/open-on-device.ts'
import { ENGINE_DEFAULTS, NODE_DEVICES, type EngineDefaults, type EngineOptions } from './engine-options.ts'

/**
 * Makes a session of onnxruntime-node, on a thread of its own: runs do not block this one, so that decoding and resizing
 * go on meanwhile, and a server answers. Runs that overlap are shared among replicas. Where a thread that is inside the engine
 * can't be left, all sessions share another process, and those on a GPU always do: see {@link EngineOptions.host}.
 *
 * Weights pass through a temporary file that the engine maps into memory, so that they are never in memory twice; it
 * is gone when the session is made.
 *
 * @param model - graph and weights; read again for each replica
 * @param engine - how onnxruntime is to work
 * @param options - cancellation, and an example of the session's work, by which `auto` finds the device
 * @param found - device that sessions of the same runtime have come to
 * @throws DinokitError `device-unavailable`, `invalid-option`, `session-failed`, `disk-full`, `aborted`
 */
export async function createSession(
  model: OnnxModel,
  engine: EngineOptions = {},
  options: SessionOptions = {},
  found: FoundDevice = {},
): Promise<Session> {
  assertPlatform()
  // Once more: bundlers may load the engine before all modules, and the environment may have changed since.
  disableEngineTelemetry()
  return wrapEngineSession(await open(model, { ...ENGINE_DEFAULTS, ...engine }, options, found))
}

async function open(
  model: OnnxModel,
  engine: EngineDefaults & EngineOptions,
  options: SessionOptions,
  found: FoundDevice,
): Promise<EngineSession> {
  const { device } = engine
  const { probe, signal } = options
  assertDevice(device, NODE_DEVICES)
  assertTime(engine.deviceTimeoutMs)
  if (device === 'cpu') return openOnCpu(model, engine, signal)
  if (device === 'auto') return openOnBest(model, engine, options, { found })
  return openOnDevice(model, device, engine, { judged: probe !== undefined, ...(signal && { signal }) })
}

function assertTime(deviceTimeoutMs: unknown): void {
  if (typeof deviceTimeoutMs === 'number' && deviceTimeoutMs > 0) return
  throw new DinokitError('invalid-option', `The option engine.deviceTimeoutMs is ${String(deviceTimeoutMs)}.`, {
    given: String(deviceTimeoutMs),
    expected: 'a time in milliseconds above 0; Infinity to wait as long as it takes',
  })
}
