import { DinokitError } from './dinokit-error.ts'
import { linkedAbort } from './lib/linked-abort.ts'

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

/** Milliseconds in which bytes that are there already may still be heard of. */
const GRACE_MS = 1000

/** Longest time that every platform's timers take. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Watches over an answer to a request.
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
      given: `${stallMs} ms of silence`,
      expected: 'an answer that goes on',
      hint: 'Try again later, or allow more time by stallMs.',
    })
    linked.abort(silence)
  }
  // A thread that was busy for so long hears first of the time that passed, and then of the bytes that came meanwhile.
  const listen = (): void => void (timer = setTimeout(stall, Math.min(GRACE_MS, stallMs)))
  let timer = setTimeout(listen, Math.min(stallMs, LONGEST_MS))
  return {
    signal: linked.signal,
    alive() {
      clearTimeout(timer)
      timer = setTimeout(listen, Math.min(stallMs, LONGEST_MS))
    },
    end() {
      clearTimeout(timer)
      linked.end()
    },
    error: () => silence,
  }
}
