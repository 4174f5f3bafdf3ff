import type { Store } from '@dinokit/store'

const EVERY_MS = 5000

/**
 * Lets a store see what others write, every few seconds.
 *
 * @param store - that is open for reading
 * @param onNote - told of a store that can't be refreshed, once until it can
 * @returns a function that ends it
 */
export function followStore(store: Store, onNote: (note: string) => void): () => void {
  let failed = false
  const refresh = (): void =>
    void store.refresh().then(
      () => void (failed = false),
      (error: unknown) => {
        if (!failed) onNote(`${store.name} can’t be refreshed: ${String(error)}`)
        failed = true
      },
    )
  const timer = setInterval(refresh, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
