import { startServer } from './start-server.ts'

/**
 * Starts a server for a test that runs in both runtimes.
 *
 * @returns its origin; whoever asked disposes of it
 */
export async function openServer(): Promise<AsyncDisposable & { readonly origin: string }> {
  return startServer()
}
