import { serveLocally } from './serve-locally.ts'

/**
 * Starts the flaky server for a test that runs in both runtimes.
 *
 * @returns its origin; whoever asked disposes of it
 */
export async function openFlakyOrigin(): Promise<AsyncDisposable & { readonly origin: string }> {
  return serveLocally()
}
