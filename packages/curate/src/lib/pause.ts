import { assertNotAborted } from '@dinokit/core'

/** Longest that the event loop waits for a piece of work, in milliseconds. */
const MOST_MS = 50

/**
 * Lets the event loop go on now and then, so that an interruption is heard and a page stays alive.
 *
 * @returns to be called between pieces of the work; throws DinokitError `aborted`
 */
export function createPause(signal: AbortSignal | undefined): () => Promise<void> {
  assertNotAborted(signal)
  let last = performance.now()
  return async () => {
    if (performance.now() - last < MOST_MS) return
    await new Promise((done) => setTimeout(done, 0))
    last = performance.now()
    assertNotAborted(signal)
  }
}
