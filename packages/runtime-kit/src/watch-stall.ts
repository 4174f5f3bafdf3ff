import { DinokitError, linkedAbort } from '@dinokit/core'
import { countLooks } from './count-looks.ts'

/** A watch over what comes by a network: it ends what keeps silent for too long. */
export interface StallWatch {
  /** Aborted by silence, and by the caller's own signal. */
  readonly signal: AbortSignal
  /** Told of every sign of life. */
  alive(): void
  /** Ends the watch. */
  end(): void
  /** The error of silence, where it was that. */
  error(): DinokitError | undefined
}

/** Milliseconds without a byte after which an address counts as dead. */
export const STALL_MS = 30_000

/** Milliseconds between two looks at the silence. */
const LOOK_MS = 1000

/**
 * Watches over an answer to a request. Time in which this thread was blocked does not count, as no byte could be heard of in it.
 *
 * @param name - of what is fetched
 * @param stallMs - milliseconds without a sign of life; default {@link STALL_MS}
 * @param signal - of the caller
 * @throws DinokitError `invalid-option` where the milliseconds are none
 */
export function watchStall(name: string, stallMs: number = STALL_MS, signal?: AbortSignal): StallWatch {
  if (!(stallMs > 0)) {
    throw new DinokitError('invalid-option', `The option stallMs is ${stallMs}.`, {
      given: String(stallMs),
      expected: 'a number of milliseconds above 0',
    })
  }
  const linked = linkedAbort(signal)
  let silence: DinokitError | undefined
  const stall = (): void => {
    silence = new DinokitError('download-failed', `${name} sent no byte for ${stallMs} ms.`, {
      given: `${stallMs} ms`,
      hint: 'Try again later, or allow more time by stallMs.',
    })
    linked.abort(silence)
  }
  const count = countLooks(Math.max(2, Math.ceil(stallMs / LOOK_MS)), Math.min(stallMs / 2, LOOK_MS), stall)
  return {
    signal: linked.signal,
    alive: () => count.again(),
    end() {
      count.end()
      linked.end()
    },
    error: () => silence,
  }
}
