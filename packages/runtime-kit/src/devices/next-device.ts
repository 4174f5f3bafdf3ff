import { DinokitError } from '@dinokit/core'
import type { EngineSession } from '../sessions/engine-session.ts'

/**
 * Makes a session that goes on elsewhere when its device fails: runs under way are run again there, each once, so that nothing is
 * lost and nothing comes twice.
 *
 * @param first - the session on the device
 * @param next - opens the session that takes over; called once, and told why
 */
export function withNextDevice(first: EngineSession, next: (cause: DinokitError) => Promise<EngineSession>): EngineSession {
  let current = first
  let moving: Promise<void> | undefined
  const move = async (cause: DinokitError): Promise<void> => {
    const taken = await next(cause)
    const left = current
    current = taken
    // What is gone may never answer, and has nothing left to free.
    void left.release().catch(() => {})
  }
  return {
    get engine() {
      return current.engine
    },
    inputs: first.inputs,
    outputs: first.outputs,
    async run(feeds, signal) {
      const at = current
      try {
        return await at.run(feeds, signal)
      } catch (cause) {
        if (at !== first || !isOfDevice(cause)) throw cause
        await (moving ??= move(cause))
        return current.run(feeds, signal)
      }
    },
    async release() {
      await moving?.catch(() => {})
      await current.release()
    },
  }
}

function isOfDevice(cause: unknown): cause is DinokitError {
  return DinokitError.is(cause, 'device-lost') || DinokitError.is(cause, 'device-unavailable')
}
