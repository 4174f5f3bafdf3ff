import { DinokitError } from '@dinokit/core'

const MEMORY =
  /out of memory|bad_alloc|allocat|memory access out of bounds|invalid (?:typed )?array length|length too large|could not be cloned.*memory/i

/** Makes a DinokitError of a failure in the engine: `out-of-memory` where it says so, `session-failed` otherwise. */
export function engineError(message: string, cause: unknown): DinokitError {
  if (DinokitError.is(cause)) return cause
  const given = reasonOf(cause)
  if (MEMORY.test(given)) {
    return new DinokitError('out-of-memory', 'The browser ran out of memory.', {
      given,
      hint: 'Close other pages, or take a smaller model, smaller images or smaller batches.',
      cause,
    })
  }
  return new DinokitError('session-failed', message, { given, cause })
}

function reasonOf(cause: unknown): string {
  // Emscripten throws the address of a C++ exception where it can't be told what it is: of those, only memory's are left.
  if (typeof cause === 'number') return 'out of memory'
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
