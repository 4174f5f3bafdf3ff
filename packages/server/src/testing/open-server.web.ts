/**
 * Has the server started that tests of a page ask: see scripts/tests/test-server.ts.
 *
 * @returns its origin
 */
export async function openServer(): Promise<AsyncDisposable & { readonly origin: string }> {
  const { origin } = (await (await fetch('/test-server')).json()) as { readonly origin: string }
  return { origin, async [Symbol.asyncDispose]() {} }
}
