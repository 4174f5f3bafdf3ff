// Loaded only where `auto` came to WebGPU.
import { DinokitError, type DinokitErrorCode, type SessionProbe } from '@dinokit/core'
import { objectionTo, probeDevice, withNextDevice, type EngineSession } from '@dinokit/runtime-kit'
import { keepFinding, readFinding } from './kept-findings.ts'

/** Trial of a session on WebGPU. */
export interface WebTrial {
  /** Example of its work; without one it is taken as it is. */
  readonly probe?: SessionProbe
  readonly signal?: AbortSignal
  /** Opens the same model on WebAssembly. */
  readonly onWasm: (signal?: AbortSignal) => Promise<EngineSession>
  /** Default: {@link probeDevice}. */
  readonly compare?: typeof probeDevice
}

/**
 * Keeps a session on WebGPU where it gives WebAssembly's tokens and is faster, which is tried once and kept; otherwise the session
 * on WebAssembly takes its place, and says why. Where WebGPU fails later, WebAssembly takes over. A model that WebAssembly has no
 * room for stays on WebGPU, as there is nothing to compare with.
 *
 * @param first - the session on WebGPU
 * @param trial - the example, and the other session
 * @throws DinokitError `session-failed`, `out-of-memory`, `aborted`
 */
export async function settleDevice(first: EngineSession, trial: WebTrial): Promise<EngineSession> {
  const { probe, onWasm, signal } = trial
  const taken = (): EngineSession => withNextDevice(first, async (cause) => because(await onWasm(), cause.message))
  if (!probe) return taken()
  const { name, adapter = '' } = first.engine
  const conditions = [name, navigator.userAgent, adapter, probe.model, probe.precision]
  let wasm: EngineSession | undefined
  try {
    let objection = await readFinding(conditions)
    if (objection === undefined) {
      wasm = await onWasm(signal).catch(unlessAborted)
      if (!wasm) return taken()
      objection = await objectionOf(first, wasm, { ...trial, probe })
      await keepFinding(conditions, objection)
    }
    if (objection === '') {
      await wasm?.release()
      return taken()
    }
    await first.release().catch(() => {})
    return because(wasm ?? (await onWasm(signal)), objection)
  } catch (cause) {
    await Promise.allSettled([first.release(), wasm?.release()])
    throw cause
  }
}

/** Errors that are the device's, or the model's on it. */
const OF_DEVICE: readonly DinokitErrorCode[] = ['device-unavailable', 'device-lost', 'session-failed', 'out-of-memory']

async function objectionOf(
  first: EngineSession,
  wasm: EngineSession,
  { probe, signal, compare = probeDevice }: WebTrial & { readonly probe: SessionProbe },
): Promise<string> {
  try {
    return objectionTo('webgpu', probe.precision, await compare(first, wasm, probe, signal)) ?? ''
  } catch (cause) {
    if (DinokitError.is(cause) && OF_DEVICE.includes(cause.code)) return cause.message
    throw cause
  }
}

function unlessAborted(cause: unknown): undefined {
  if (DinokitError.is(cause, 'aborted')) throw cause
}

function because(session: EngineSession, reason: string): EngineSession {
  const fallback = [reason, session.engine.fallback].filter(Boolean).join(' ')
  return { ...session, engine: { ...session.engine, fallback } }
}
