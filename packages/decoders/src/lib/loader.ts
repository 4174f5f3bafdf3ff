import { DinokitError } from '@dinokit/core'

/**
 * Loads a decoder once, at the first file that needs it; again after a failure.
 *
 * @param format - what it decodes, for messages
 * @param load - how it is loaded
 * @throws DinokitError `session-failed` where it can't be loaded
 */
export function loadOnce<T>(format: string, load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return async () => {
    try {
      return await (loaded ??= load())
    } catch (cause) {
      loaded = undefined
      throw new DinokitError('session-failed', `The decoder for ${format} could not be loaded.`, {
        given: String(cause),
        hint: 'A content security policy must allow wasm-unsafe-eval, and the page’s own scripts must be reachable.',
        cause,
      })
    }
  }
}
