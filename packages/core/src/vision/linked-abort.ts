/** A signal that follows another's, and may be given on its own. */
export interface LinkedAbort {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
  /** Follows no more. */
  end(): void
}

/** Makes a signal that follows another. `AbortSignal.any` would keep each one for as long as the other lives. */
export function linkedAbort(followed?: AbortSignal): LinkedAbort {
  const controller = new AbortController()
  const follow = (): void => controller.abort(followed?.reason)
  followed?.addEventListener('abort', follow)
  if (followed?.aborted) follow()
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end: () => followed?.removeEventListener('abort', follow),
  }
}
